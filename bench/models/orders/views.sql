-- Revenue by the region that a customer has now.
CREATE MATERIALIZED VIEW revenue_by_region AS
  SELECT c.region, count(*) AS orders, sum(o.total) AS revenue
  FROM order_placed o JOIN customers c USING (customer_id)
  GROUP BY c.region;
CREATE UNIQUE INDEX ON revenue_by_region (region);

-- What each product brought in.
CREATE MATERIALIZED VIEW revenue_by_product AS
  SELECT product_id, count(*) AS orders, sum(total) AS revenue
  FROM order_placed
  GROUP BY product_id;
CREATE UNIQUE INDEX ON revenue_by_product (product_id);

-- What each customer has spent: the rows that the lookups read.
CREATE MATERIALIZED VIEW customer_totals AS
  SELECT customer_id, count(*) AS orders, sum(total) AS revenue
  FROM order_placed
  GROUP BY customer_id;
CREATE UNIQUE INDEX ON customer_totals (customer_id);
