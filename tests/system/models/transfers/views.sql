CREATE MATERIALIZED VIEW balances AS
  SELECT account, sum(amount) AS balance, count(*) AS moves, max(transfer) AS newest
  FROM moved
  GROUP BY account;
CREATE UNIQUE INDEX ON balances (account);

CREATE MATERIALIZED VIEW by_transfer AS
  SELECT transfer, count(*) AS moves, sum(amount) AS amount FROM moved GROUP BY transfer;
CREATE UNIQUE INDEX ON by_transfer (transfer);

CREATE MATERIALIZED VIEW largest AS
  SELECT a.transfer, count(*) AS moves, max(m.amount) AS amount
  FROM moved m JOIN accounts a USING (account)
  GROUP BY a.transfer;
