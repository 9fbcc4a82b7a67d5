# Flights between airports: what can happen. What is to be seen is in views.sql.
@0x9e1c4b7fd0a35826;

using Facet = import "/facet/model.capnp";

struct Airports $Facet.table(key = ["iata"]) {
  iata @0 :Text;
  name @1 :Text;
  city @2 :Text;
  state @3 :Text;
  country @4 :Text;
  latitude @5 :Float64;
  longitude @6 :Float64;
}

# What is known of an airport from now on: the last word wins.
struct AirportRegistered $Facet.event(writes = [(table = "Airports", how = upsert)]) {
  iata @0 :Text;
  name @1 :Text;
  city @2 :Text;
  state @3 :Text;
  country @4 :Text;
  latitude @5 :Float64;
  longitude @6 :Float64;
}

struct RegisterAirport $Facet.command(
    emits = [(event = "AirportRegistered")],
    check = [
      (that = "length(iata) IN (3, 4)", otherwise = "an airport's code has three or four characters"),
      (that = "country <> ''", otherwise = "an airport needs a country"),
      (that = "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180",
       otherwise = "there is no such place on earth")]) {
  iata @0 :Text;
  name @1 :Text;
  city @2 :Text;
  state @3 :Text;
  country @4 :Text;
  latitude @5 :Float64;
  longitude @6 :Float64;
}

# A flight as it was: the scheduled departure, the delay of its arrival in minutes, miles.
struct Flight $Facet.event() {
  date @0 :Int64 $Facet.timestamp;
  delay @1 :Int16;
  distance @2 :Int16;
  origin @3 :Text;
  destination @4 :Text;
}

struct RecordFlight $Facet.command(
    emits = [(event = "Flight")],
    check = [
      (that = "origin <> destination", otherwise = "a flight leads to another airport"),
      (that = "distance > 0", otherwise = "the distance must be positive"),
      (that = "delay BETWEEN -1440 AND 2880",
       otherwise = "a flight is at most one day early or two days late")],
    references = [
      (field = "origin", table = "Airports"),
      (field = "destination", table = "Airports")]) {
  date @0 :Int64 $Facet.timestamp;
  delay @1 :Int16;
  distance @2 :Int16;
  origin @3 :Text;
  destination @4 :Text;
}
