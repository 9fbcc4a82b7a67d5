# Commands that depend on each other: each refers to the row of the one before it.
@0xc3f1d28be0a94d57;
using Facet = import "/facet/model.capnp";

struct Links $Facet.table(key = ["number"]) { number @0 :Int64; }

struct Begun $Facet.event(writes = [(table = "Links", how = insert)])
             $Facet.command(emits = [(event = "Begun")]) {
  number @0 :Int64;
}

struct Linked $Facet.event(writes = [(table = "Links", how = insert)])
              $Facet.command(emits = [(event = "Linked")],
                             references = [(field = "before", table = "Links")]) {
  number @0 :Int64;
  before @1 :Int64;
}
