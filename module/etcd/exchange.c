/*
 * etcd/exchange.c - one request to etcd, and its answer as JSON.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "etcd/exchange.h"
#include <stdio.h>
#include <string.h>

/** The call's function that takes data. */
static bool
read_data(void* arg, const char* data, size_t len)
{
	return json_stream_read(arg, data, len);
}

/** The piece function of a reader that has none. */
static bool
ignore_piece(void* arg, cJSON* object)
{
	(void)arg;
	(void)object;
	return true;
}

void
exchange_init(struct exchange* exchange, struct etcd_link* link, void* arg)
{
	memset(exchange, 0, sizeof(*exchange));
	exchange->link = link;
	exchange->arg = arg;
}

/** Make an exchange ready for another request. */
static void
exchange_reset(struct exchange* exchange,
	const struct exchange_reader* reader)
{
	exchange_end(exchange);
	exchange->reader = reader;
	exchange->result = ETCD_OK;
	json_stream_init(&exchange->stream, reader->piece ? reader->piece :
		ignore_piece, reader->message, exchange->arg);
	exchange->stream.read = reader->text;
	exchange->call.data = read_data;
	exchange->call.arg = &exchange->stream;
}

bool
exchange_start(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned timeout)
{
	exchange_reset(exchange, reader);
	if(client_start(exchange->link->client, &exchange->call, path, body,
		timeout))
		return true;
	(void)link_ended(exchange->link, ETCD_LOST, "%s",
		exchange->call.failure.text);
	return false;
}

enum etcd_result
exchange_perform(struct exchange* exchange,
	const struct exchange_reader* reader, const char* path,
	const char* body, unsigned patience, unsigned timeout)
{
	enum etcd_result result = ETCD_STOPPED;
	exchange_reset(exchange, reader);
	if(client_perform(exchange->link->client, &exchange->call, path, body,
		patience, timeout))
		result = exchange_result(exchange);
	exchange_end(exchange);
	return result;
}

enum etcd_result
exchange_result(const struct exchange* exchange)
{
	const struct call* call = &exchange->call;
	struct etcd_link* link = exchange->link;
	char text[REASON_MAX];
	if(exchange->result != ETCD_OK)
		return exchange->result;
	if(exchange->stream.problem) {
		const char* type = call_header(call, "Content-Type");
		return link_ended(link, ETCD_LOST, "%s%s",
			exchange->stream.problem, type && strstr(type,
			"html") ? "; it is a page of a web server or a proxy: "
			"see `endpoints`" : "");
	}
	if(!call->ok && call->failure.text[0])
		return link_lost(link, call->timed_out ? ETCD_LOSS_TIMEOUT :
			ETCD_LOSS_CONNECTION, "%s", link_show_text(
			call->failure.text, text, sizeof(text)));
	if(!call->ok)
		return exchange->reader->refused(exchange->arg, call);
	if(!json_stream_is_between(&exchange->stream))
		return link_lost(link, ETCD_LOSS_CONNECTION,
			"the answer is cut off");
	return ETCD_OK;
}

bool
exchange_is_cut(const struct exchange* exchange)
{
	return exchange->stream.problem ||
		!json_stream_is_between(&exchange->stream);
}

void
exchange_end(struct exchange* exchange)
{
	call_end(&exchange->call);
	json_stream_clear(&exchange->stream);
}

bool
exchange_stop(struct exchange* exchange, enum etcd_result result,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	exchange->result = link_ended_args(exchange->link, result, format,
		args);
	va_end(args);
	return false;
}

bool
exchange_relist(struct exchange* exchange, enum etcd_list_reason why,
	const char* format, ...)
{
	va_list args;
	va_start(args, format);
	exchange->result = link_ended_args(exchange->link, ETCD_RELIST,
		format, args);
	va_end(args);
	exchange->link->list_reason = why;
	return false;
}

bool
exchange_out_of_memory(struct exchange* exchange, enum etcd_result result)
{
	if(result == ETCD_RELIST)
		return exchange_relist(exchange, ETCD_LIST_MEMORY,
			"out of memory");
	return exchange_stop(exchange, result, "out of memory");
}
