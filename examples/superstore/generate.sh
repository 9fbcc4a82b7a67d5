#!/usr/bin/env bash
# Order lines like the sample's, for where that can't be had: generate.sh [LINES] [SEED] prints a CSV file.
# The same seed gives the same file.
set -euo pipefail

lines=${1:-10000}
seed=${2:-1}

awk -v lines="$lines" -v seed="$seed" '
# A generator of our own: rand() differs between awks.
function random(n) {
  state = (state * 16807) % 2147483647
  return int(state / 2147483647 * n)
}
function pick(list,   parts, n) {
  n = split(list, parts, "|")
  return parts[random(n) + 1]
}
# Days since 1970-01-01 as a date (proleptic Gregorian calendar).
function date(days,   era, day, year, month, shifted) {
  days += 719468
  era = int(days / 146097)
  day = days - era * 146097
  year = int((day - int(day / 1460) + int(day / 36524) - int(day / 146096)) / 365)
  day -= 365 * year + int(year / 4) - int(year / 100)
  shifted = int((5 * day + 2) / 153)
  month = shifted < 10 ? shifted + 3 : shifted - 9
  return sprintf("%04d-%02d-%02d", year + era * 400 + (month <= 2), month, day - int((153 * shifted + 2) / 5) + 1)
}
BEGIN {
  state = seed % 2147483646 + 1
  print "\"Row ID\",\"Order ID\",\"Order Date\",\"Ship Date\",\"Ship Mode\",\"Customer ID\",\"Customer Name\",\"Segment\"," \
        "\"Country\",\"City\",\"State\",\"Postal Code\",\"Region\",\"Product ID\",\"Category\",\"Sub-Category\"," \
        "\"Product Name\",\"Sales\",\"Quantity\",\"Discount\",\"Profit\""
  for (row = 1; row <= lines; ++row) {
    if (row == 1 || random(2) == 0) {
      ordered = 16071 + random(1461)
      order = sprintf("CA-%s-%06d", substr(date(ordered), 1, 4), 100000 + row)
      shipped = ordered + random(8)
      mode = pick("Same Day|First Class|Second Class|Standard Class")
      customer = random(800)
      region = pick("Central|East|South|West")
    }
    product = random(1800)
    category = product % 3
    kind = category == 0 ? "Furniture" : category == 1 ? "Office Supplies" : "Technology"
    sub_kind = category == 0 ? "Chairs" : category == 1 ? "Paper" : "Phones"
    quantity = 1 + random(14)
    cents = (1 + (product * 7919) % 60000) * quantity
    discount = random(4) == 0 ? 2 : 0
    sales = cents * (10 - discount) / 1000
    printf "%d,\"%s\",%s,%s,\"%s\",\"GC-%05d\",\"Customer %d\",\"%s\",\"United States\",\"City of %s\",\"%s\",%05d,\"%s\"," \
           "\"GP-%06d\",\"%s\",\"%s\",\"Product %d, \"\"%s\"\"\",%.4f,%d,%s,%.4f\n",
           row, order, date(ordered), date(shipped), mode, customer, customer,
           customer % 3 == 0 ? "Consumer" : customer % 3 == 1 ? "Corporate" : "Home Office",
           region, region " State", 10000 + customer, region, product, kind, sub_kind, product, sub_kind,
           sales, quantity, discount == 0 ? "0" : "0.2", sales / 8 - discount * sales / 10
  }
}'
