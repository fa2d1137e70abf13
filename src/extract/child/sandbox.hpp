// What the child gives up before it looks at a document.
#pragma once

namespace gatehouse::extract {

// Limits memory, CPU time and files of this process, cuts it off from its parent's fate and then
// allows only what reading, computing, writing and ending need; any other system call kills. False
// if the kernel refuses a part of it.
bool enter_sandbox();

}  // namespace gatehouse::extract
