"""The tables of tokens: an FTS5 table on SQLite, a tsvector with a GIN index and search_newest() on PostgreSQL."""

from django.db import migrations

from search.migrations._operations import entries

# A function, because each step needs other settings of the planner. It does not know which words never occur together,
# and would scan the whole table where the index returns the few rows at once.
SEARCH_NEWEST = """
CREATE FUNCTION search_newest(
    entries regclass, query tsquery, skipped integer, wanted integer, counted integer
) RETURNS TABLE (id bigint, total integer) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    hits integer;
    newest bigint;
    page bigint[];
BEGIN
    -- The index alone: all of its lists, but no more rows than are counted.
    EXECUTE format('SELECT count(*) FROM (SELECT FROM %s WHERE tokens @@ $1 LIMIT $2) AS few', entries)
        INTO hits USING query, counted;
    IF hits = counted THEN
        -- A frequent word is soon found among the newest rows, without sorting all that have it.
        PERFORM set_config('enable_indexscan', 'on', true), set_config('enable_indexonlyscan', 'on', true);
        EXECUTE format('SELECT max(rowid) FROM %s', entries) INTO newest;
        EXECUTE format(
            'SELECT array(SELECT rowid FROM %s WHERE tokens @@ $1 AND rowid > $2 ORDER BY rowid DESC OFFSET $3 LIMIT $4)',
            entries
        ) INTO page USING query, newest - 50000, skipped, wanted;
        PERFORM set_config('enable_indexscan', 'off', true), set_config('enable_indexonlyscan', 'off', true);
    END IF;
    IF page IS NULL OR cardinality(page) < wanted THEN
        EXECUTE format(
            'SELECT array(SELECT rowid FROM %s WHERE tokens @@ $1 ORDER BY rowid DESC OFFSET $2 LIMIT $3)', entries
        ) INTO page USING query, skipped, wanted;
    END IF;
    RETURN QUERY SELECT found.id, hits FROM (VALUES (1)) AS once LEFT JOIN unnest(page) AS found (id) ON true;
END $$
"""


def create_function(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SEARCH_NEWEST.replace("%", "%%"), params=())


def drop_function(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION search_newest(regclass, tsquery, integer, integer, integer)")


class Migration(migrations.Migration):
    initial = True

    operations = [
        entries("PostEntry", "post_entry_tokens_idx"),
        entries("PersonEntry", "person_entry_tokens_idx"),
        migrations.RunPython(create_function, drop_function),
    ]
