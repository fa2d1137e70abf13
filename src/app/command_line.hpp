// The commands of the program.
#pragma once

namespace gatehouse::app {

// Runs the command that the arguments name and returns the exit code: 0 well, 1 a problem that was
// told, 2 wrong usage.
int run_command_line(int argc, char** argv);

}  // namespace gatehouse::app
