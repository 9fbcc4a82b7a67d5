#!/usr/bin/env bash
# Fetches the data of this example: fetch.sh FOLDER leaves flights.csv and airports.csv there. The flights come
# as parquet; a reader from npm makes CSV of them. Everything fetched or made is checked by its SHA-256.
set -euo pipefail

fail() { printf 'fetch.sh: %s\n' "$*" >&2; exit 1; }

[ $# = 1 ] || { printf 'usage: fetch.sh FOLDER\n' >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
readonly here folder=$1

readonly files_sha256="\
19d1373bad83ce515f76965488323e4608db980ee47255bb45c3e0b5db723b51  flights.csv
903c7169e6d558eefb95295fe2947ec8503135fbb855ea5c737cf4a90ea603ad  airports.csv"
readonly packages_sha256="\
6f72fda460a9863fae5fcb32f85bcd49e1761fdea6dc6cf9f4962472881cc5a3  vega-datasets-3.2.1.tgz
6af16c6ed33e983d6ee6e5e05b1ef3ae766efc22240fac3eb56ecd2ab5780e9b  hyparquet-1.33.0.tgz
5ed2ee2d3439067be211d0093292c708a831045372342c897437e5a4997c45c5  fzstd-0.1.1.tgz"

# is_whole FOLDER SUMS: whether all the files are there, as they must be.
is_whole() { (cd "$1" 2>/dev/null && sha256sum --check --status - <<<"$2" 2>/dev/null); }

is_whole "$folder" "$files_sha256" && exit 0
mkdir -p "$folder"
work=$(mktemp -d "$folder/fetch-XXXXXX")
trap 'rm -rf "$work"' EXIT
# Where there is no network, that should not take minutes to find out.
(cd "$work" && npm pack --silent --fetch-retries=1 --fetch-retry-mintimeout=2000 \
  vega-datasets@3.2.1 hyparquet@1.33.0 fzstd@0.1.1 >/dev/null) || fail "npm can't fetch the packages"
is_whole "$work" "$packages_sha256" || fail "the packages are not the expected ones"

# unpack PACKAGE FOLDER [FILE...]
unpack() { mkdir -p "$work/$2" && tar xzf "$work/$1.tgz" -C "$work/$2" --strip-components=1 "${@:3}"; }
unpack hyparquet-1.33.0 node_modules/hyparquet
unpack fzstd-0.1.1 node_modules/fzstd
unpack vega-datasets-3.2.1 vega package/data/flights-3m.parquet package/data/airports.csv
cp "$here/flights_csv.mjs" "$work"
node "$work/flights_csv.mjs" "$work/vega/data/flights-3m.parquet" "$work/flights.csv"
mv "$work/vega/data/airports.csv" "$work"
is_whole "$work" "$files_sha256" || fail "the files are not the expected ones"
mv "$work/flights.csv" "$work/airports.csv" "$folder"
