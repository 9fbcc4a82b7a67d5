CREATE MATERIALIZED VIEW shares AS SELECT id, shop, amount / parts AS share FROM sale;
-- An event can't be taken out of its maximum.
CREATE MATERIALIZED VIEW per_shop AS
  SELECT shop, count(*) AS sales, sum(amount / parts) AS share, max(amount) AS largest
  FROM sale GROUP BY shop;
CREATE MATERIALIZED VIEW per_region AS
  SELECT s.region, count(*) AS sales, sum(x.amount / x.parts) AS share, max(x.amount) AS largest
  FROM sale x JOIN shops s USING (shop) GROUP BY s.region;
CREATE MATERIALIZED VIEW by_id AS SELECT id, amount FROM sale;
CREATE UNIQUE INDEX ON by_id (id);
CREATE MATERIALIZED VIEW totals AS SELECT shop, sum(amount)::smallint AS total FROM sale GROUP BY shop;
CREATE MATERIALIZED VIEW tops AS SELECT shop, max(amount)::smallint AS top FROM sale GROUP BY shop;
CREATE MATERIALIZED VIEW per_desk AS SELECT shop, 100 / desks AS share FROM shops;
