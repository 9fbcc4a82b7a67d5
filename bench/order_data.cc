#include "bench/order_data.h"

#include <algorithm>

namespace facet {
namespace {

constexpr unsigned kRunDigits = 6;
constexpr int32_t kFirstDay = 18'262;  // 2020-01-01
constexpr uint32_t kDays = 1'000;
constexpr uint32_t kGreatestTotal = 10'000'000;  // 1,000.0000

void writeDigits(char* out, unsigned length, uint64_t number, unsigned base) {
  for (unsigned i = length; i > 0; --i) {
    out[i - 1] = "0123456789abcdef"[number % base];
    number /= base;
  }
}

/// Words of random letters, long enough to cut a note from at any of kNotes places.
constexpr size_t kNotes = 4'096;
struct NoteText {
  std::array<char, kNotes + kNoteLength> text;
  NoteText() {
    Random random(1);
    for (char& c : text) {
      const uint32_t letter = random.below(31);
      c = letter < 26 ? static_cast<char>('a' + letter) : ' ';
    }
  }
};

}  // namespace

void writeCustomerId(char* out, uint32_t customer) {
  out[0] = 'C';
  writeDigits(out + 1, kShortIdLength - 1, customer, 10);
}

void writeProductId(char* out, uint32_t product) {
  out[0] = 'P';
  writeDigits(out + 1, kShortIdLength - 1, product, 10);
}

void writeOrderId(char* out, uint32_t run, uint64_t number) {
  writeDigits(out, kRunDigits, run, 16);
  writeDigits(out + kRunDigits, kOrderIdLength - kRunDigits, number, 10);
}

std::string_view noteOf(uint64_t number) {
  static const NoteText kText;
  return {kText.text.data() + number * 7 % kNotes, kNoteLength};
}

uint64_t Random::next() {
  uint64_t z = state_ += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

Order OrderStream::next() {
  return nextOf(random_.below(customers_));
}

Order OrderStream::nextOf(uint32_t customer) {
  Order order;
  order.number = ++number_;
  order.customer = customer;
  order.product = random_.below(kBenchProducts);
  order.placedOn = kFirstDay + static_cast<int32_t>(random_.below(kDays));
  order.quantity = 1 + static_cast<int32_t>(random_.below(9));
  order.total = 1 + int64_t{random_.below(kGreatestTotal)};
  return order;
}

}  // namespace facet
