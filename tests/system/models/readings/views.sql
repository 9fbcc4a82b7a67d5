CREATE MATERIALIZED VIEW totals AS
  SELECT quality, count(*) AS readings, count(amount) AS known, sum(amount) AS amount,
         count(*) FILTER (WHERE amount IS NULL) AS unknown, max(doubled) AS most
  FROM measured
  GROUP BY quality;

CREATE MATERIALIZED VIEW floors AS
  SELECT sensor, place_floor, amount, coalesce(amount, -1) AS shown, amount > 0 AS positive, ok
  FROM sensors;
CREATE UNIQUE INDEX ON floors (sensor);
