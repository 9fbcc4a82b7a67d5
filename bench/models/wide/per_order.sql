-- A row for each order: state that grows, so that a snapshot has something to do.
CREATE MATERIALIZED VIEW per_order AS
  SELECT order_id, count(*) AS n, sum(total) AS revenue FROM order_placed GROUP BY order_id;
CREATE UNIQUE INDEX ON per_order (order_id);
