import gzip

import pytest

from lgs_pipeline.datasets.delimited import BLOCK
from lgs_pipeline.datasets.text_stream import CHUNK
from lgs_pipeline.lines import DELIVERED_COLUMNS
from tests.datasets.extracts import (
    CREATE,
    MUG,
    NOTHING,
    TRAY,
    copy_text,
    error_of,
    insert_text,
    load,
    pg_dump_text,
    tuple_text,
    values,
    write,
)

VALUES = f"INSERT INTO public.retail ({', '.join(DELIVERED_COLUMNS)}) VALUES"


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_a_dump_as_pg_dump_writes_it_is_read(tmp_path, form):
    assert values(write(tmp_path / "a.sql", pg_dump_text(form(MUG, TRAY)))) == [MUG, TRAY]


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_a_dump_with_windows_line_ends_is_read(tmp_path, form):
    text = pg_dump_text(form(MUG, TRAY)).replace("\n", "\r\n")
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY]


def test_lines_are_numbered_in_the_order_of_the_dump_over_all_its_parts(tmp_path):
    parts = [copy_text(MUG), insert_text(TRAY, MUG), copy_text(TRAY)]
    lines = load(write(tmp_path / "a.sql", "".join(parts)))
    assert [(line["line_number"], line["invoice_no"]) for line in lines] == [
        (1, "489434"),
        (2, "C489449"),
        (3, "489434"),
        (4, "C489449"),
    ]


@pytest.mark.parametrize(
    ("delivered", "meant"),
    [
        ("", ""),
        (r"\N", None),
        (r"\\N", r"\N"),
        (r"a\\b", r"a\b"),
        (r"a\\\\n", r"a\\n"),
        (r"a\nb\tc\rd\be\ff\vg", "a\nb\tc\rd\be\ff\vg"),
        (r"caf\303\251 \x41\x4a!\x7", "café AJ!\x07"),
        (r"\q\.", "q."),
        ('7" "FRAME', '7" "FRAME'),
        ("NULL", "NULL"),
        (" MUG ", " MUG "),
    ],
)
def test_copy_escapes_are_undone(tmp_path, delivered, meant):
    text = copy_text([*MUG[:2], "<here>", *MUG[3:]], TRAY).replace("<here>", delivered)
    assert [row[2] for row in values(write(tmp_path / "a.sql", text))] == [meant, None]


@pytest.mark.parametrize(
    ("literal", "meant"),
    [
        ("''", ""),
        ("NULL", None),
        ("null::text", None),
        ("DEFAULT", None),
        ("'NULL'", "NULL"),
        ("'O''CLOCK'''", "O'CLOCK'"),
        ("'two\nlines; -- not a comment'", "two\nlines; -- not a comment"),
        (r"'a\nb'", r"a\nb"),
        (r"E'a\nb\\c\'d''e'", "a\nb\\c'd'e"),
        (r"e'caf\303\251 \x41\u00e9\U0001F381'", "café Aé🎁"),
        ("'MUG'::text", "MUG"),
        ("'MUG'::character varying(20)::text", "MUG"),
        ("'2009-12-01'::timestamp(0) without time zone", "2009-12-01"),
        ("12.50::numeric(10, 2)", "12.50"),
        ("-1", "-1"),
        ("+1e-07", "+1e-07"),
        (".5", ".5"),
        ("TRUE", "TRUE"),
        ("'(1, 2), (3'", "(1, 2), (3"),
    ],
)
def test_insert_literals_are_read(tmp_path, literal, meant):
    text = insert_text([*MUG[:2], "<here>", *MUG[3:]], TRAY).replace("'<here>'", literal)
    assert values(write(tmp_path / "a.sql", text)) == [[*MUG[:2], meant, *MUG[3:]], TRAY]


@pytest.mark.parametrize(
    "between",
    [
        ", ",
        ",\n\t",
        "\n,",
        ", -- comment, (\n",
        "/* (, */,",
        ",",
        f";\n{VALUES} ",
        f" ON CONFLICT DO NOTHING;\n{VALUES}\n\t",
    ],
)
def test_several_tuples_in_a_statement_and_statements_in_a_row_are_read(tmp_path, between):
    text = f"{VALUES}\n{tuple_text(MUG)}{between}{tuple_text(TRAY)}{between}{tuple_text(MUG)} ;"
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY, MUG]


@pytest.mark.parametrize("end", ["ON CONFLICT (invoice_no) DO NOTHING", "RETURNING invoice_no, country"])
def test_what_an_insert_says_behind_its_rows_is_passed_over(tmp_path, end):
    text = f"{VALUES} {tuple_text(MUG)} {end};\n{VALUES} {tuple_text(TRAY)};"
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY]


def test_column_order_comes_from_the_insert_or_from_the_create_table(tmp_path):
    backwards = insert_text(MUG[::-1], TRAY[::-1], columns=DELIVERED_COLUMNS[::-1])
    assert values(write(tmp_path / "a.sql", backwards)) == [MUG, TRAY]
    assert values(write(tmp_path / "b.sql", CREATE + insert_text(MUG, TRAY, columns=()))) == [MUG, TRAY]


def test_column_order_comes_from_the_copy_or_from_the_create_table(tmp_path):
    backwards = copy_text(MUG[::-1], TRAY[::-1], columns=DELIVERED_COLUMNS[::-1])
    assert values(write(tmp_path / "a.sql", backwards)) == [MUG, TRAY]
    text = CREATE + copy_text(MUG, TRAY).replace(f" ({', '.join(DELIVERED_COLUMNS)})", "")
    assert values(write(tmp_path / "b.sql", text)) == [MUG, TRAY]


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_rows_without_column_names_need_a_create_table(tmp_path, form):
    text = form(MUG).replace(f" ({', '.join(DELIVERED_COLUMNS)})", "")
    assert "found rows of public.retail without column names, expected a CREATE TABLE" in error_of(
        write(tmp_path / "a.sql", text)
    )


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_quoted_names_spellings_and_further_columns_are_understood(tmp_path, form):
    columns = [
        "id",
        '"Invoice"',
        '"StockCode"',
        "description",
        "qty",
        '"Invoice ""Date"""',
        "price",
        '"Customer ID"',
        "country",
    ]
    text = form(["1", *MUG], ["2", *TRAY], table='"My Shop"."Retail"', columns=columns)
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY]


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_other_tables_are_skipped_whatever_they_hold(tmp_path, form):
    mimicry = ["\\.", "COPY public.retail FROM stdin;", insert_text(TRAY), "it''s; $$ /* -- \n\\.\n", "E'\\'"]
    others = form(mimicry, mimicry, table="public.notes", columns="abcde") + form(["x"], table="retail2", columns="a")
    text = pg_dump_text(others + form(MUG) + others)
    assert values(write(tmp_path / "a.sql", text)) == [MUG]


def test_sql_that_is_no_data_is_passed_over(tmp_path):
    text = f"""
        CREATE FUNCTION public.f() RETURNS text LANGUAGE plpgsql AS $body$
            BEGIN {VALUES} ('$1', $$x$$); RETURN E'\\''; END;
        $body$;
        COMMENT ON TABLE public.retail IS 'it''s; {VALUES.replace("'", "''")} (1)';
        /* {VALUES} (2) */ -- {VALUES} (3)
        SELECT E'\\'; {VALUES} (4)', $1, a/b, a-b, "x;""y" FROM retail;
        COPY public.retail TO stdout;
        INSERT INTO public.elsewhere SELECT * FROM retail;
        PREPARE p AS SELECT $1;
        {copy_text(MUG)}"""
    assert values(write(tmp_path / "a.sql", text)) == [MUG]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM public.retail WHERE quantity < 0", "a DELETE"),
        ('delete from only "retail"', "a DELETE"),
        ("TRUNCATE public.retail", "a TRUNCATE"),
        ("TRUNCATE TABLE ONLY notes, retail CASCADE", "a TRUNCATE"),
        ("UPDATE retail AS r SET unit_price = 2 * unit_price", "an UPDATE"),
        ("WITH old AS (DELETE FROM retail RETURNING *) SELECT count(*) FROM old", "a DELETE"),
        ("WITH more AS (SELECT 1) INSERT INTO retail SELECT * FROM notes", "an INSERT"),
        ("MERGE INTO retail USING notes ON true WHEN MATCHED THEN DELETE", "a MERGE"),
        ("INSERT INTO retail SELECT * FROM notes", "an INSERT without a list of rows"),
        ("INSERT INTO retail SELECT * FROM (VALUES (1)) v", "an INSERT without a list of rows"),
        ("INSERT INTO retail AS r (country) VALUES ('x')", "an INSERT without a list of rows"),
        ("INSERT INTO retail DEFAULT VALUES", "an INSERT without a list of rows"),
        (f"{VALUES} {tuple_text(TRAY)} ON CONFLICT (a) DO UPDATE SET country = 'x'", "an INSERT with ON CONFLICT"),
        ("SELECT * INTO TABLE retail FROM notes", "a SELECT INTO"),
        ("CREATE TABLE IF NOT EXISTS retail (a, b) AS SELECT 1, 2", "a CREATE TABLE AS"),
        ("DROP TABLE IF EXISTS notes, public.retail CASCADE", "a DROP TABLE"),
        ("DROP SCHEMA public CASCADE", "a DROP SCHEMA"),
        ("ALTER TABLE public.retail RENAME TO old_retail", "an ALTER TABLE RENAME"),
        ("ALTER TABLE public.notes RENAME TO retail", "an ALTER TABLE RENAME"),
        ("ALTER TABLE IF EXISTS ONLY retail RENAME COLUMN quantity TO units", "an ALTER TABLE RENAME"),
        ("ALTER TABLE retail ADD CHECK (a > 0), DROP COLUMN country", "an ALTER TABLE DROP"),
        ("ALTER TABLE retail ADD currency text DEFAULT 'EUR'", "an ALTER TABLE ADD"),
        ("ALTER TABLE retail ALTER COLUMN quantity SET DATA TYPE bigint USING -quantity", "an ALTER TABLE ALTER TYPE"),
        ("ALTER TABLE public.retail SET SCHEMA old", "an ALTER TABLE SET SCHEMA"),
        ("ALTER TABLE ONLY retail ATTACH PARTITION retail_2010 DEFAULT", "an ALTER TABLE ATTACH"),
        ("ALTER TABLE retail_2010 INHERIT public.retail", "an ALTER TABLE INHERIT"),
        ("COPY retail FROM '/tmp/more.csv'", "a COPY from another file"),
        ("COPY retail (a) FROM PROGRAM 'cat'", "a COPY from another file"),
        ("BEGIN; ROLLBACK", "a ROLLBACK"),
        ("\\copy public.retail from 'more.csv' csv\n", "the psql command \\copy"),
        ("\\i more.sql\n", "the psql command \\i"),
    ],
)
@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_a_statement_that_changes_the_table_after_its_rows_is_refused_with_its_line(tmp_path, form, statement, said):
    text = pg_dump_text(form(MUG) + "\n<here>;").replace("<here>", statement)
    line = text[: text.index(statement)].count("\n") + 1
    message = error_of(write(tmp_path / "a.sql", text))
    assert message.startswith(f"line {line}: found {said}")
    assert "change table retail, expected a dump that only gives it rows; load the dump into" in message


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM notes",
        "UPDATE notes SET a = (SELECT count(*) FROM retail)",
        "TRUNCATE notes, retail_old",
        "DROP TABLE notes",
        "DROP INDEX retail_index",
        "INSERT INTO notes SELECT * FROM retail",
        "SELECT * FROM retail FOR UPDATE",
        "SELECT pg_catalog.setval('retail_seq', 1)",
        "SELECT count(*) INTO notes FROM retail",
        "COPY retail TO '/tmp/a.csv'",
        "COPY notes FROM '/tmp/a.csv'",
        "ALTER TABLE notes RENAME TO old_notes",
        "ALTER TABLE public.retail OWNER TO shop",
        "ALTER TABLE ONLY public.retail ADD CONSTRAINT k UNIQUE (a, b), ALTER COLUMN country SET DEFAULT 'x'",
        "ALTER TABLE public.retail ALTER id ADD GENERATED ALWAYS AS IDENTITY (START 1), DISABLE TRIGGER ALL",
        "ALTER TABLE ONLY public.retail RENAME CONSTRAINT k TO l",
        "ALTER TABLE ONLY public.retail REPLICA IDENTITY FULL",
        "CREATE TABLE notes AS SELECT * FROM retail",
        "CREATE INDEX i ON retail (invoice_no)",
        "BEGIN; COMMIT",
        "\\copy notes from 'retail.csv'\n",
        "\\unrestrict x\n",
    ],
)
def test_statements_that_leave_the_table_as_it_is_are_passed_over(tmp_path, statement):
    text = f"{statement};{copy_text(MUG)}{statement};{insert_text(TRAY)}{statement};"
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY]


@pytest.mark.parametrize(
    "statement", ["TRUNCATE TABLE retail", "DELETE FROM retail", "DROP TABLE IF EXISTS public.retail", "ROLLBACK"]
)
def test_a_table_may_be_emptied_before_it_has_rows(tmp_path, statement):
    text = f"{statement}; {CREATE} {statement}; {copy_text()} {statement}; {copy_text(MUG)}"
    assert values(write(tmp_path / "a.sql", text)) == [MUG]


def test_columns_that_are_renamed_before_the_rows_are_refused(tmp_path):
    text = CREATE + "ALTER TABLE retail RENAME quantity TO price;" + insert_text(MUG, columns=())
    assert error_of(write(tmp_path / "a.sql", text)).startswith("line 13: found an ALTER TABLE RENAME")


def test_a_dump_of_other_habits_sets_the_schema_apart_from_the_tables(tmp_path):
    first, second = (copy_text(row, table="retail") for row in (MUG, TRAY))
    text = f"SET search_path = shop, pg_catalog;\n{first}SET search_path TO old;\n{second}"
    path = write(tmp_path / "a.sql", text)
    assert error_of(path).startswith("found table retail in several schemas (old, shop), expected one of them")
    assert values(path, table="shop.retail") == [MUG]


def test_a_dump_of_several_databases_is_refused_where_two_have_the_table(tmp_path):
    text = "\\connect shop\n" + copy_text(MUG) + "\\connect old\n"
    assert values(write(tmp_path / "a.sql", text)) == [MUG]
    message = error_of(write(tmp_path / "b.sql", text + insert_text(TRAY)))
    assert message.startswith("line 7: found table retail in several databases, expected one of them")


@pytest.mark.parametrize(
    "comment",
    [
        f"/* {VALUES} (1); /* */ {copy_text(TRAY)} */",
        "/*/**/*/",
        "/* /* /* ' */ ; \" */ $$ */",
        "/***/ /* a*b / c **/",
        "-- /* '\n",
    ],
)
@pytest.mark.parametrize("size", [3, CHUNK])
def test_comments_may_hold_comments_and_stand_anywhere(tmp_path, monkeypatch, comment, size):
    monkeypatch.setattr("lgs_pipeline.datasets.sql_text.CHUNK", size)
    tuples = [tuple_text(row).replace(", ", f" {comment}, ").replace("(", f"({comment}") for row in (MUG, TRAY)]
    text = f"{comment} {VALUES} {comment} {tuples[0]} {comment}, {comment} {tuples[1]} {comment}; {comment}"
    text += f"{VALUES} {comment} {tuple_text(MUG)}; {comment} {copy_text(TRAY)} {comment}\n"
    assert values(write(tmp_path / "a.sql", text)) == [MUG, TRAY, MUG, TRAY]


def test_a_comment_without_its_end_is_refused_with_its_line(tmp_path):
    path = write(tmp_path / "a.sql", copy_text(MUG) + "/* /* */\n")
    assert error_of(path).startswith("line 5: found a comment without its end, expected */")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_other_tables_may_hold_lines_of_any_length(tmp_path, line_end):
    text = copy_text(["x" * 3 * CHUNK, "\\."], ["."], table="pictures", columns="ab") + copy_text(table="empty")
    path = write(tmp_path / "a.sql", (text + copy_text(MUG)).replace("\n", line_end))
    assert values(path) == [MUG]


@pytest.mark.parametrize("table", ["retail", "shop.retail", "Shop.Retail", '"shop"."retail"'])
def test_the_table_may_be_named_with_its_schema(tmp_path, table):
    path = write(tmp_path / "a.sql", copy_text(MUG, table="shop.retail") + copy_text(TRAY, table="shop.other"))
    assert values(path, table=table) == [MUG]


def test_the_same_table_in_two_schemas_is_refused_unless_the_schema_is_named(tmp_path):
    path = write(tmp_path / "a.sql", copy_text(MUG, table="shop.retail") + copy_text(TRAY, table="old.retail"))
    assert error_of(path).startswith("found table retail in several schemas (old, shop), expected one of them")
    assert values(path, table="old.retail") == [TRAY]


def test_a_dump_without_the_table_is_refused_with_the_tables_it_has(tmp_path):
    path = write(tmp_path / "a.sql", pg_dump_text(copy_text(["1"], table="shop.orders", columns="a")))
    assert error_of(path, table="sales").startswith(
        "found the tables public.retail, shop.orders, expected table sales;"
    )
    path = write(tmp_path / "b.sql", "SELECT 1;")
    assert error_of(path).startswith("found no tables, expected table retail; dump that table")


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_a_table_without_rows_is_refused(tmp_path, form):
    assert error_of(write(tmp_path / "a.sql", pg_dump_text(form()))).startswith(
        "found no data lines, expected at least"
    )


def test_a_dump_cut_off_within_copy_is_refused(tmp_path):
    text = copy_text(MUG, TRAY)
    for end in (text.index("\\."), text.index("\\.") - 5, text.index("stdin;") + 6):
        message = error_of(write(tmp_path / "a.sql", text[:end]))
        assert r"found COPY data without the closing \. (cut off), expected a complete dump" in message


def test_a_dump_cut_off_within_insert_is_refused(tmp_path):
    text = insert_text(MUG, TRAY)
    for end in (len(text) - 2, len(text) - 20, len(text) - 30, text.index("VALUES") - 2):
        assert "(cut off), expected a complete dump" in error_of(write(tmp_path / "a.sql", text[:end]))


def test_a_dump_cut_off_between_two_inserts_is_told_by_its_missing_last_comment(tmp_path):
    text = pg_dump_text(insert_text(MUG, TRAY))
    path = write(tmp_path / "a.sql", text[: text.rindex("INSERT")])
    assert "found no closing comment of pg_dump (cut off), expected a complete dump" in error_of(path)


def test_ragged_copy_lines_keep_their_place_as_nulls_and_are_counted_aloud(tmp_path, caplog):
    text = copy_text(MUG, ["<short>"], TRAY, ["<blank>"], ["<blank>"], [*MUG, "more"], MUG)
    text = "-- one\n-- two\n" + text.replace("<short>", "1\t2").replace("<blank>", "")
    path = write(tmp_path / "a.sql", text)
    assert values(path) == [MUG, NOTHING, TRAY, NOTHING, NOTHING, NOTHING, MUG]
    assert "a.sql: 4 lines have a wrong number of fields, the first is line 5" in caplog.text


def test_ragged_tuples_keep_their_place_as_nulls_and_are_counted_aloud(tmp_path, caplog):
    tuples = [
        tuple_text(MUG),
        "('1', (2), 'x')",
        tuple_text([*MUG[:7], "now"]).replace("'now'", "now()"),
        tuple_text(TRAY),
    ]
    path = write(tmp_path / "a.sql", f"\n\n{VALUES}\n" + ",\n".join(tuples) + ";")
    assert values(path) == [MUG, NOTHING, NOTHING, TRAY]
    assert "a.sql: 2 lines have a wrong number of fields, the first is line 5" in caplog.text


@pytest.mark.parametrize("form", [copy_text, insert_text])
def test_nothing_is_lost_where_chunks_cut_a_dump_in_two(tmp_path, form):
    rows = [[str(number), "it's", "a\\b\nc", *MUG[3:]] for number in range(3 * CHUNK // 60)]
    text = form(["'" * 300, "-", "--", "/", "/*", "$$", "E", "\\."], table="other") + form(*rows)
    for shift in (0, 17):
        path = tmp_path / "a.sql.gz"
        path.write_bytes(gzip.compress((" " * shift + text).encode(), 1))
        assert values(path) == rows


def test_a_dump_is_read_the_same_wherever_chunks_end(tmp_path, monkeypatch):
    body = insert_text(MUG, ["E", "it''s", "'", "-", "/*", "", None, "é"]) + copy_text(TRAY)
    text = pg_dump_text(body.replace("'E'", r"E'\'\\'") + insert_text(["'", "x;"], table="other", columns="ab") + body)
    path = write(tmp_path / "a.sql", text)
    expected = values(path)
    assert len(expected) == 6
    for size in range(1, 40):
        monkeypatch.setattr("lgs_pipeline.datasets.sql_text.CHUNK", size)
        assert values(write(tmp_path / f"{size}.sql", text)) == expected


def test_a_value_over_many_chunks_is_read(tmp_path):
    long = [*MUG[:2], "it's long " * (CHUNK // 3), *MUG[3:]]
    assert values(write(tmp_path / "a.sql", insert_text(MUG, long, TRAY))) == [MUG, long, TRAY]


def test_a_copy_line_of_unusual_length_is_refused(tmp_path):
    path = write(tmp_path / "a.sql", copy_text(MUG, [*MUG[:2], "x" * 2 * BLOCK, *MUG[3:]]))
    assert error_of(path).startswith("line 3: found a line of more than 2 MB, expected rows of invoices")


def test_strings_that_need_the_old_rules_are_refused(tmp_path):
    path = write(tmp_path / "a.sql", "SET standard_conforming_strings = off;\n" + insert_text(MUG))
    assert "found an INSERT under standard_conforming_strings = off, expected on" in error_of(path)


def test_an_insert_that_is_no_list_of_rows_is_refused(tmp_path):
    path = write(tmp_path / "a.sql", f"{VALUES} nothing;")
    assert error_of(path).startswith("line 1: found nothing, expected a row in parentheses")


def test_an_escape_that_is_no_utf8_is_refused(tmp_path):
    text = copy_text([*MUG[:2], "<here>", *MUG[3:]]).replace("<here>", r"\351")
    assert "found the escaped byte 0xE9" in error_of(write(tmp_path / "a.sql", text))


def test_a_missing_column_is_refused(tmp_path):
    path = write(tmp_path / "a.sql", copy_text(MUG[1:], columns=DELIVERED_COLUMNS[1:]))
    assert error_of(path).startswith("table retail: found the headers 'stock_code', 'description'")


@pytest.mark.parametrize(
    "text", ["COPY;", "INSERT;", "SET;", "CREATE;", "CREATE TABLE;", "COPY (;", "COPY a.;", "Hello world"]
)
def test_what_is_hardly_sql_is_told_as_a_dump_without_the_table(tmp_path, text):
    assert ", expected table retail; dump that table" in error_of(write(tmp_path / "a.sql", text))


def test_copy_in_another_format_is_refused(tmp_path):
    path = write(tmp_path / "a.sql", copy_text(MUG).replace("stdin", "stdin WITH (FORMAT csv)"))
    assert error_of(path).startswith("line 2: found a COPY with options, expected none")
