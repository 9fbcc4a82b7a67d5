-- Nexmark's query 17: what was bid for each auction on each day.
CREATE MATERIALIZED VIEW bids_by_day AS
  SELECT auction, placed_at::date AS day,
         count(*) AS bids,
         count(*) FILTER (WHERE price < 10000) AS low,
         count(*) FILTER (WHERE price >= 10000 AND price < 1000000) AS middle,
         count(*) FILTER (WHERE price >= 1000000) AS high,
         min(price) AS least, max(price) AS greatest, avg(price) AS average, sum(price) AS total
  FROM bid_placed
  GROUP BY auction, placed_at::date;
CREATE UNIQUE INDEX ON bids_by_day (auction, day);
