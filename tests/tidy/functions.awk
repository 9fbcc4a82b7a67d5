# Functions of sources that clang-format has laid out: prints FILE:LINE: LENGTH for each that is longer than `most`
# lines, from its first line to its closing brace. A function begins with what ends in `{` and is neither a namespace,
# nor a type, nor data, and ends with the next `}` under its first character.
function indent(line) {
  match(line, /^ */)
  return RLENGTH
}

FNR == 1 { begun = 0; end = "" }

end != "" {
  if (substr($0, 1, length(end)) == end) {
    if (FNR - begun + 1 > most) printf "%s:%d: %d\n", FILENAME, begun, FNR - begun + 1
    begun = 0
    end = ""
  }
  next
}

# What stands alone, or ends a declaration, begins no other.
/^ *$/ || /^ *(\/\/|#|public:|protected:|private:)/ || /[;}]( *\/\/.*)?$/ { begun = 0; next }

!begun { begun = FNR; head = ""; column = indent($0) }

{ head = head " " $0 }

/{( *\/\/.*)?$/ {
  isScope = head ~ /^ *(template <.*> *)?(inline +)?(namespace|class|struct|enum|union|extern "C")/ && head !~ /\) (const )?{/
  if (isScope || head !~ /\(/ || head ~ /[=(] *{( *\/\/.*)?$/) {
    begun = 0
  } else {
    end = substr("                                                  ", 1, column) "}"
  }
}
