CREATE MATERIALIZED VIEW links_made AS SELECT count(*) AS links, max(number) AS last FROM linked;
