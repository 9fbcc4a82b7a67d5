# Bids as Nexmark has them: what `facet bench fold` folds. See bench/README.md.
@0xd3b4a6f1c8e27590;

using Facet = import "/facet/model.capnp";

struct BidPlaced $Facet.event() {
  auction @0 :Int64;
  bidder @1 :Int64;
  price @2 :Int64;
  channel @3 :Text;
  url @4 :Text;
  placedAt @5 :Int64 $Facet.timestamp;
  extra @6 :Text;
}

struct PlaceBid $Facet.command(emits = [(event = "BidPlaced")]) {
  auction @0 :Int64;
  bidder @1 :Int64;
  price @2 :Int64;
  channel @3 :Text;
  url @4 :Text;
  placedAt @5 :Int64 $Facet.timestamp;
  extra @6 :Text;
}
