-- Orders and revenue by region.
CREATE MATERIALIZED VIEW orders_by_region AS
  SELECT region,
         count(DISTINCT order_id) AS orders,
         count(*) AS lines,
         sum(quantity) AS quantity,
         sum(sales) AS revenue,
         sum(profit) AS profit
  FROM order_line_placed
  GROUP BY region;
CREATE UNIQUE INDEX ON orders_by_region (region);

-- What each product brought in, under the name that it has now.
CREATE MATERIALIZED VIEW revenue_by_product AS
  SELECT l.product_id,
         p.product_name,
         p.category,
         count(*) AS lines,
         sum(l.quantity) AS quantity,
         sum(l.sales) AS revenue,
         sum(l.profit) AS profit
  FROM order_line_placed l JOIN products p ON p.product_id = l.product_id
  GROUP BY l.product_id, p.product_name, p.category;
CREATE UNIQUE INDEX ON revenue_by_product (product_id);

-- The same by the product's present category.
CREATE MATERIALIZED VIEW revenue_by_category AS
  SELECT p.category,
         p.sub_category,
         sum(l.sales) AS revenue,
         avg(l.discount) AS average_discount
  FROM order_line_placed l JOIN products p USING (product_id)
  GROUP BY p.category, p.sub_category;
CREATE UNIQUE INDEX ON revenue_by_category (category, sub_category);

-- A customer's dashboard: orders, lifetime value, first and last order.
CREATE MATERIALIZED VIEW customer_dashboard AS
  SELECT l.customer_id,
         c.customer_name,
         c.segment,
         count(DISTINCT l.order_id) AS orders,
         sum(l.sales) AS lifetime_value,
         min(l.order_date) AS first_order,
         max(l.order_date) AS last_order
  FROM order_line_placed l JOIN customers c ON c.customer_id = l.customer_id
  GROUP BY l.customer_id, c.customer_name, c.segment;
CREATE UNIQUE INDEX ON customer_dashboard (customer_id);
CREATE INDEX ON customer_dashboard (lifetime_value DESC);

-- Revenue by region and month.
CREATE MATERIALIZED VIEW monthly_revenue AS
  SELECT region,
         date_trunc('month', order_date::timestamp)::date AS month,
         count(*) AS lines,
         sum(sales) AS revenue,
         sum(sales) FILTER (WHERE discount > 0) AS discounted
  FROM order_line_placed
  GROUP BY region, date_trunc('month', order_date::timestamp)::date;
CREATE UNIQUE INDEX ON monthly_revenue (region, month);

-- Every order line, to be listed by customer and date.
CREATE MATERIALIZED VIEW orders AS
  SELECT row_id, order_id, customer_id, order_date, ship_mode, product_id, quantity, sales, profit
  FROM order_line_placed;
CREATE UNIQUE INDEX ON orders (row_id);
CREATE INDEX ON orders (customer_id, order_date DESC);
