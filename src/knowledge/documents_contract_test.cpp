#include "gatehouse/knowledge/testing/documents_contract.hpp"

#include "gatehouse/knowledge/testing/memory_documents.hpp"

namespace gatehouse::knowledge::testing {
namespace {

// The fake the other tests rest on keeps the contract too.
struct InMemory {
  Documents& documents() { return memory; }
  WorkerThread thread;
  MemoryDocuments memory;
};
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, DocumentsContract, InMemory);

}  // namespace
}  // namespace gatehouse::knowledge::testing
