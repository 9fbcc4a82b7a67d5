-- views.sql
CREATE MATERIALIZED VIEW orders_by_region AS
  SELECT c.region, count(*) AS orders, sum(o.total) AS revenue
  FROM order_placed o JOIN customers c USING (customer_id)
  GROUP BY c.region;
CREATE UNIQUE INDEX ON orders_by_region (region);
