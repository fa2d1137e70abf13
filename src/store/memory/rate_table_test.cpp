#include "gatehouse/store/memory/rate_table.hpp"

#include <gtest/gtest.h>

#include "gatehouse/guard/testing/rate_settlement_contract.hpp"

namespace gatehouse::guard::testing {

INSTANTIATE_TEST_SUITE_P(Memory, RateStoreContract,
                         ::testing::Values(+[]() -> std::unique_ptr<RateStore> {
                           return std::move(*store::memory::RateTable::create(1 << 20));
                         }));

}  // namespace gatehouse::guard::testing
