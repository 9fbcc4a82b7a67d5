CREATE MATERIALIZED VIEW newest AS
  SELECT customer, lines FROM baskets;
CREATE UNIQUE INDEX ON newest (customer);

CREATE MATERIALIZED VIEW kinds_by_region AS
  SELECT region, count(DISTINCT lines) AS kinds, count(*) AS orders
  FROM ordered
  GROUP BY region;
