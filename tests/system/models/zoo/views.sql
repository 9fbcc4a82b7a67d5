CREATE MATERIALIZED VIEW everything AS
  SELECT * FROM animals;
CREATE UNIQUE INDEX ON everything (kind, tag);

CREATE MATERIALIZED VIEW by_number AS
  SELECT u64, count(*) AS animals, min(u64) AS least, max(u64) AS most, sum(weight) AS weight
  FROM animals
  GROUP BY u64;

CREATE MATERIALIZED VIEW alarms AS
  SELECT _position AS position, _time AS at, tag, message
  FROM alarm;

CREATE MATERIALIZED VIEW weighed AS
  SELECT kind, count(*) AS times, sum(weight) AS weight
  FROM weighings
  GROUP BY kind;
