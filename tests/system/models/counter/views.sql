-- How many entries there are, and their sum.
CREATE MATERIALIZED VIEW total AS
  SELECT count(*) AS entries, count(DISTINCT id) AS ids, sum(amount) AS amount
  FROM entry_added;

CREATE MATERIALIZED VIEW by_bucket AS
  SELECT bucket, count(*) AS entries, sum(amount) AS amount, max(id) AS newest
  FROM entry_added
  GROUP BY bucket;
CREATE UNIQUE INDEX ON by_bucket (bucket);

-- The table's side of it.
CREATE MATERIALIZED VIEW kept AS
  SELECT id, bucket, amount FROM entries;
CREATE UNIQUE INDEX ON kept (id);
