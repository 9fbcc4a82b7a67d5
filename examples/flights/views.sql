-- All flights.
CREATE MATERIALIZED VIEW totals AS
  SELECT count(*) AS flights,
         sum(delay) AS delay,
         sum(distance) AS distance,
         count(*) FILTER (WHERE delay > 15) AS late
  FROM flight;

-- By the state that they leave from, as the airport's row says it now.
CREATE MATERIALIZED VIEW by_state AS
  SELECT o.state,
         count(*) AS flights,
         sum(f.delay) AS delay,
         avg(f.delay) AS average_delay
  FROM flight f JOIN airports o ON o.iata = f.origin
  GROUP BY o.state;
CREATE UNIQUE INDEX ON by_state (state);

-- By route: both ends are airports.
CREATE MATERIALIZED VIEW by_route AS
  SELECT f.origin,
         f.destination,
         o.city AS origin_city,
         d.city AS destination_city,
         count(*) AS flights,
         sum(f.delay) AS delay
  FROM flight f
    JOIN airports o ON o.iata = f.origin
    JOIN airports d ON d.iata = f.destination
  GROUP BY f.origin, f.destination, o.city, d.city;
CREATE UNIQUE INDEX ON by_route (origin, destination);

-- From state to state.
CREATE MATERIALIZED VIEW between_states AS
  SELECT o.state AS origin_state,
         d.state AS destination_state,
         count(*) AS flights,
         sum(f.distance) AS distance,
         sum(f.delay) AS delay
  FROM flight f
    JOIN airports o ON o.iata = f.origin
    JOIN airports d ON d.iata = f.destination
  GROUP BY o.state, d.state;
CREATE UNIQUE INDEX ON between_states (origin_state, destination_state);

-- By day.
CREATE MATERIALIZED VIEW by_day AS
  SELECT date::date AS day,
         count(*) AS flights,
         sum(delay) AS delay,
         max(delay) AS greatest_delay
  FROM flight
  GROUP BY date::date;
CREATE UNIQUE INDEX ON by_day (day);

-- By month, flights that were late and flights that were not.
CREATE MATERIALIZED VIEW by_month AS
  SELECT date_trunc('month', date)::date AS month,
         count(*) FILTER (WHERE delay > 15) AS late,
         count(*) FILTER (WHERE delay <= 15) AS punctual
  FROM flight
  GROUP BY date_trunc('month', date)::date;
CREATE UNIQUE INDEX ON by_month (month);
