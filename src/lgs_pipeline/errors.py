"""The error for what the person who started a run can mend: an extract, a setting, a path."""


class InputError(Exception):
    """What a run was given cannot be used.

    The message is one line for the person who started the run: what was found, where, what was
    expected and what to do. The command prints it without a traceback and exits with 1.
    """
