# Classes of one name in one namespace, in the headers that are given: each has its own inline members, and
# the linker takes those of one of them for all.
FNR == 1 { namespace = "" }
/^namespace [A-Za-z_:]+ \{/ && namespace == "" { namespace = $2 }
/^(class|struct) [A-Za-z_]+( final)?( :.*)?( \{)?$/ && !/;$/ {
  name = namespace "::" $2
  if (name in place && place[name] != FILENAME) print FILENAME ": " name " is a class of " place[name] " too"
  place[name] = FILENAME
}
