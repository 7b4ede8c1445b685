"""search_newest() again, which reads the lists of frequent words in the index no more than it must."""

from django.db import migrations

# A function, because each step needs other settings of the planner. It does not know which words never occur together,
# and would scan the whole table where the index returns the few rows at once. work_mem is for bitmaps of frequent
# words: one that does not fit makes PostgreSQL test all rows of each page.
SEARCH_NEWEST = """
CREATE OR REPLACE FUNCTION search_newest(
    entries regclass, query tsquery, skipped integer, wanted integer, counted integer
) RETURNS TABLE (id bigint, total integer) LANGUAGE plpgsql
SET work_mem = '32MB' SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    walk text := format(
        'SELECT array(SELECT rowid FROM (SELECT * FROM %s ORDER BY rowid DESC LIMIT 50000) AS newest'
        ' WHERE tokens @@ $1 LIMIT $2)', entries
    );
    plan json;
    hits integer;
    found bigint[];
BEGIN
    -- More than 2 % of the rows, by the planner's estimate: the newest ones have enough, and reading them takes a tenth
    -- of the time that the index takes to return the list of such a word.
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM %s WHERE tokens @@ $1', entries) INTO plan USING query;
    IF 50 * (plan #>> '{0,Plan,Plan Rows}')::real > (SELECT reltuples FROM pg_class WHERE oid = entries) THEN
        PERFORM set_config('enable_indexscan', 'on', true);
        EXECUTE walk INTO found USING query, greatest(counted, skipped + wanted);
        PERFORM set_config('enable_indexscan', 'off', true);
        hits := least(cardinality(found), counted);
    END IF;
    IF hits IS DISTINCT FROM counted THEN
        -- The index: all of its lists, but no more rows than are counted.
        EXECUTE format('SELECT array(SELECT rowid FROM %s WHERE tokens @@ $1 LIMIT $2)', entries)
            INTO found USING query, counted;
        hits := cardinality(found);
        IF hits < counted THEN
            found := array(SELECT pk FROM unnest(found) AS pk ORDER BY pk DESC);
        ELSE
            PERFORM set_config('enable_indexscan', 'on', true);
            EXECUTE walk INTO found USING query, skipped + wanted;
            PERFORM set_config('enable_indexscan', 'off', true);
        END IF;
    END IF;
    IF hits = counted AND cardinality(found) < skipped + wanted THEN
        EXECUTE format('SELECT array(SELECT rowid FROM %s WHERE tokens @@ $1 ORDER BY rowid DESC LIMIT $2)', entries)
            INTO found USING query, skipped + wanted;
    END IF;
    RETURN QUERY SELECT page.id, hits
        FROM (VALUES (1)) AS once LEFT JOIN unnest(found[skipped + 1 : skipped + wanted]) AS page (id) ON true;
END $$
"""


def replace_function(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(SEARCH_NEWEST.replace("%", "%%"), params=())


class Migration(migrations.Migration):
    dependencies = [("search", "0002_publication_entries")]

    # The former one returns the same rows.
    operations = [migrations.RunPython(replace_function, migrations.RunPython.noop)]
