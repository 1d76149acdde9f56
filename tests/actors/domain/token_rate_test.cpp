#include "actors/domain/token_rate.hpp"

#include <doctest/doctest.h>

using namespace weir;
using weir::domain::TokenRate;

TEST_CASE("token rate: before anything was learnt only what surely does not fit counts") {
  const TokenRate rate;
  CHECK(rate.least_tokens(0) == 0);
  CHECK(rate.least_tokens(2'400) == 100);
}

TEST_CASE("token rate: what engines report narrows the estimate, with a margin of two") {
  TokenRate rate;
  for (int i = 0; i < 7; ++i) rate.learn(40'000, Tokens{10'000});
  CHECK(rate.least_tokens(8'000) == 8'000 / 24);  // too little was seen
  rate.learn(40'000, Tokens{10'000});
  CHECK(rate.least_tokens(8'000) == 1'000);
}

TEST_CASE("token rate: a text of long tokens widens it at once, and is forgotten slowly") {
  TokenRate rate;
  for (int i = 0; i < 8; ++i) rate.learn(20'000, Tokens{10'000});
  CHECK(rate.least_tokens(12'000) == 3'000);
  rate.learn(80'000, Tokens{10'000});
  CHECK(rate.least_tokens(16'000) == 1'000);
  for (int i = 0; i < 100; ++i) rate.learn(20'000, Tokens{10'000});
  CHECK(rate.least_tokens(16'000) < 2'000);
  for (int i = 0; i < 1'000; ++i) rate.learn(20'000, Tokens{10'000});
  CHECK(rate.least_tokens(12'000) == 3'000);
}

TEST_CASE("token rate: short bodies, templates and absurd counts teach nothing that refuses") {
  TokenRate rate;
  for (int i = 0; i < 20; ++i) rate.learn(100, Tokens{2'000});  // a long template
  for (int i = 0; i < 20; ++i) rate.learn(9'000, Tokens{-1});
  CHECK(rate.least_tokens(2'400) == 100);
  for (int i = 0; i < 20; ++i) rate.learn(9'000, Tokens{1'000'000'000});
  CHECK(rate.least_tokens(3'000) == 1'000);  // no token is shorter than three bytes
  for (int i = 0; i < 20; ++i) rate.learn(1U << 30U, Tokens{64});
  CHECK(rate.least_tokens(2'400) == 100);  // never looser than what was there at first
}
