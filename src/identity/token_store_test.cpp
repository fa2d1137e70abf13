#include <gtest/gtest.h>

#include "gatehouse/identity/testing/memory_token_store.hpp"
#include "gatehouse/identity/testing/token_store_contract.hpp"

namespace gatehouse::identity::testing {
namespace {

std::unique_ptr<TokenStoreUnderTest> make_in_memory() {
  return std::make_unique<MemoryTokenStore>();
}

INSTANTIATE_TEST_SUITE_P(InMemory, TokenStoreContract, ::testing::Values(make_in_memory));

}  // namespace
}  // namespace gatehouse::identity::testing
