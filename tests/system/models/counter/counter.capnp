# Entries of a ledger, to count and to sum: what a crash loses or does twice shows in every number.
@0xb6d0a5e41c7f2938;

using Facet = import "/facet/model.capnp";

# The newest entry of each id.
struct Entries $Facet.table(key = ["id"]) {
  id @0 :Int64;
  bucket @1 :Int32;
  amount @2 :Int64 $Facet.decimal(2);
}

# An upsert: an entry that is done twice is not rejected by its key, it is counted twice.
struct EntryAdded $Facet.event(writes = [(table = "Entries", how = upsert)]) {
  id @0 :Int64;
  bucket @1 :Int32;
  amount @2 :Int64 $Facet.decimal(2);
  note @3 :Text;
}

struct AddEntry $Facet.command(
    emits = [(event = "EntryAdded")],
    check = [(that = "amount > 0", otherwise = "an entry needs a positive amount")]) {
  id @0 :Int64;
  bucket @1 :Int32;
  amount @2 :Int64 $Facet.decimal(2);
  note @3 :Text;
}
