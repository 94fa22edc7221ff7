"""The statistics of the project, free of Kedro."""
