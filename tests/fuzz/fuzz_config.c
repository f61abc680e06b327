/*
 * tests/fuzz/fuzz_config.c - any helix.yaml.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
/* The input is the file. */
#include "config/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

/** True if errors are lines which begin with the file, in its order, of which
 * the last need not be all. */
static bool
errors_are_sound(const struct config_errors* errors, const char* path)
{
	size_t i;
	if(errors->count == 0 || errors->count > CONFIG_ERRORS_MAX)
		return false;
	for(i = 0; i < errors->count; i++) {
		const struct config_error* error = &errors->list[i];
		if(strncmp(error->reason.text, path, strlen(path)) != 0 ||
			strchr(error->reason.text, '\n') ||
			!*config_error_message(error))
			return false;
		if(i > 0 && (error->line < error[-1].line ||
			(error->line == error[-1].line &&
			error->column < error[-1].column)))
			return false;
	}
	return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
	static struct config_errors errors;
	char path[32];
	int fd = memfd_create("helix.yaml", 0);
	struct helix_config* config;
	if(fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	config = helix_config_read(path, &errors);
	if(config ? errors.count > 0 : !errors_are_sound(&errors, path))
		abort();
	if(config && !helix_config_same_etcd(config, config))
		abort();
	helix_config_delete(config);
	close(fd);
	return 0;
}
