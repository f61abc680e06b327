/*
 * tools/helixctl/password_prompt.h - asks for a password.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/**
 * \file
 * On the terminal of the process, whatever its standard input and output are.
 * For one thread.
 */
#ifndef HELIXCTL_PASSWORD_PROMPT_H
#define HELIXCTL_PASSWORD_PROMPT_H

#include "base/reason.h"

/**
 * Ask for a password, which is not shown while it is typed. A signal that ends
 * the process leaves the terminal as it was.
 * @param prompt: what is written before.
 * @param reason: if NULL is returned, why.
 * @return owned by the caller, to be cleared by explicit_bzero; NULL: there is
 *	no terminal, or nothing was typed.
 */
char* password_prompt(const char* prompt, struct reason* reason);

#endif /* HELIXCTL_PASSWORD_PROMPT_H */
