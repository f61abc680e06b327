/*
 * tools/helixctl/commands.h - the commands of helixctl.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * One line a command, in the order of `helixctl --help`. To add a command, add
 * a file that defines `const struct ctl_command command_NAME`, a line here,
 * and a paragraph to helixctl.8.
 */
/* COMMAND(NAME) */
COMMAND(list)
COMMAND(get)
COMMAND(put)
COMMAND(del)
COMMAND(watch)
COMMAND(key)
COMMAND(name)
COMMAND(import)
COMMAND(diff)
COMMAND(export)
COMMAND(enable)
COMMAND(disable)
COMMAND(check)
COMMAND(lint)
COMMAND(status)
COMMAND(bad)
