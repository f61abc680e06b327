/*
 * tools/helixctl/zoneapply.c - makes etcd have what a zone file has.
 *
 * Copyright (c) 2026, the unbound-helix authors. BSD-3-Clause, see LICENSE.
 */
#include "zoneapply.h"
#include "base/text.h"
#include "dns/type.h"
#include "progress.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

/** most conflicts of which the user is told one by one */
#define CONFLICTS_TOLD 20
/** most octets of a value: etcd's default for --max-request-bytes is 1.5 MiB */
#define VALUE_MAX (1500 * 1000)
/** octets of rdata in an RRset below which its value cannot be too long: it has
 * at most ten octets for one */
#define RDATA_SURELY_SHORT (VALUE_MAX / 16)

/** A change in a batch. */
struct step {
	/** where its path and value are, in the batch's text */
	size_t path_at, value_at;
	size_t path_len, value_len;
	int64_t expected;
	/** whether it is made only if nothing that contradicts it was put at
	 * its name meanwhile */
	bool guarded;
	/** the type that is put */
	uint16_t type;
	/** changes with the same number are made together */
	unsigned group;
	bool removes;
};

/** What is applied. */
struct applying {
	const struct zonediff* diff;
	struct kv* kv;
	struct zoneapply_outcome* outcome;
	struct progress progress;
	/** the batch that is collected */
	struct step steps[KV_CHANGES_MAX];
	size_t count;
	/** where the last, open group begins */
	size_t group_begin;
	unsigned group;
	struct buffer text;
};

/** Which of the changes a pass makes. */
enum pass {
	/** what is added and changed */
	PASS_PUT,
	/** names that get a CNAME, or lose it */
	PASS_TOGETHER,
	/** what is removed */
	PASS_REMOVE
};

/** The changes of one owner: RRsets of the file, and keys of etcd. */
struct owner {
	size_t rrset, rrset_end;
	size_t old, old_end;
};

static volatile sig_atomic_t ended;

static void
end(int number)
{
	(void)number;
	ended = 1;
}

/* --- transactions -------------------------------------------------------- */

/** Tell the user of a conflict. @param guard: whether it is with another key
 * of the name. */
static void
conflict_tell(struct applying* applying, const struct step* step, bool guard)
{
	char shown[TEXT_SHOW_SIZE(200)];
	progress_end(&applying->progress);
	if(++applying->outcome->conflicts > CONFLICTS_TOLD)
		return;
	text_show((char*)applying->text.data + step->path_at, step->path_len,
		shown, sizeof(shown));
	if(guard)
		ctl_error("key %s/%s is not put: someone else has put other "
			"data at its name meanwhile, and a CNAME has none "
			"beside it", kv_settings(applying->kv)->prefix, shown);
	else	ctl_error("key %s/%s was changed by someone else meanwhile, "
			"and is left as it is",
			kv_settings(applying->kv)->prefix, shown);
}

/** Take changes out of the batch: those before a number, and the whole group of
 * the one that has it. */
static void
conflict_drop(struct applying* applying, size_t applied, size_t conflict)
{
	const unsigned group = applying->steps[conflict].group;
	size_t i, n = 0;
	for(i = applied; i < applying->count; i++) {
		if(applying->steps[i].group != group)
			applying->steps[n++] = applying->steps[i];
		else if(i != conflict)
			applying->outcome->conflicts++;
	}
	applying->count = n;
}

/** The changes of the batch. */
static void
changes_make(const struct applying* applying, struct kv_change* changes)
{
	const char* text = (const char*)applying->text.data;
	size_t i;
	for(i = 0; i < applying->count; i++) {
		const struct step* step = &applying->steps[i];
		changes[i] = (struct kv_change){ .path = text + step->path_at,
			.path_len = step->path_len,
			.value = step->removes ? NULL : text + step->value_at,
			.value_len = step->value_len,
			.expected = step->expected };
	}
}

/** Write the keys that contradict what a step puts: a CNAME at its name, or all
 * others if it is one.
 * @param text: to be appended to; the range points into it once all are there,
 *	see guards_make. */
static bool
guard_write(const struct applying* applying, const struct step* step,
	struct kv_range* range, struct buffer* text)
{
	const char* path = (const char*)applying->text.data + step->path_at;
	const char* slash = memrchr(path, '/', step->path_len);
	const size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
	const bool cname = step->type == TYPE_CNAME;
	/* types are in upper case; '0' follows '/', behind which is an id */
	const char* first = cname ? "A" : "CNAME";
	const char* end = cname ? "[" : "CNAME0";
	range->first_len = dir + strlen(first);
	range->end_len = dir + strlen(end);
	return buffer_append(text, path, dir) &&
		buffer_append(text, first, strlen(first)) &&
		buffer_append(text, path, dir) &&
		buffer_append(text, end, strlen(end));
}

/** Make the guards of a batch.
 * @param guards: room for KV_CHANGES_MAX.
 * @param steps: set to the step of each.
 * @param text: set to what they point into; to be cleared by the caller.
 * @return their number; SIZE_MAX if memory ran out. */
static size_t
guards_make(const struct applying* applying, struct kv_guard* guards,
	size_t* steps, struct buffer* text)
{
	size_t i, count = 0;
	const char* at;
	for(i = 0; i < applying->count; i++) {
		if(!applying->steps[i].guarded)
			continue;
		if(!guard_write(applying, &applying->steps[i],
			&guards[count].range, text))
			return SIZE_MAX;
		guards[count].newest = applying->diff->revision;
		steps[count++] = i;
	}
	at = (const char*)text->data;
	for(i = 0; i < count; i++) {
		struct kv_range* range = &guards[i].range;
		range->first = at;
		range->end = at + range->first_len;
		at = range->end + range->end_len;
	}
	return count;
}

/** Make changes of the batch, unless others came between. @param outcome: its
 * guard is set to the step of the guard that did not hold. */
static enum kv_result
batch_try(const struct applying* applying, const struct kv_change* changes,
	struct kv_outcome* outcome)
{
	struct kv_guard guards[KV_CHANGES_MAX];
	size_t steps[KV_CHANGES_MAX], count;
	struct buffer text = { 0 };
	enum kv_result result = KV_FAILED;
	memset(outcome, 0, sizeof(*outcome));
	count = guards_make(applying, guards, steps, &text);
	if(count == SIZE_MAX)
		ctl_error("out of memory");
	else	result = kv_apply(applying->kv, changes, applying->count,
			guards, count, outcome);
	outcome->guard = outcome->guard < count ? steps[outcome->guard] :
		applying->count;
	buffer_clear(&text);
	return result;
}

/** Take what conflicts out of the batch. */
static bool
batch_settle(struct applying* applying, const struct kv_outcome* outcome)
{
	const bool guard = outcome->conflict >= applying->count;
	const size_t step = guard ? outcome->guard : outcome->conflict;
	if(step >= applying->count)
		return ctl_error("etcd says that there is a conflict, and no "
			"key has one; run it again"), false;
	conflict_tell(applying, &applying->steps[step], guard);
	conflict_drop(applying, outcome->applied, step);
	return true;
}

/** Make the batch's changes, but those that conflict. */
static bool
batch_apply(struct applying* applying)
{
	struct kv_change changes[KV_CHANGES_MAX];
	struct kv_outcome outcome;
	enum kv_result result = KV_CONFLICT;
	while(result == KV_CONFLICT && applying->count > 0) {
		changes_make(applying, changes);
		result = batch_try(applying, changes, &outcome);
		applying->outcome->done += result == KV_OK ? applying->count :
			outcome.applied;
		if(result == KV_CONFLICT && !batch_settle(applying, &outcome))
			result = KV_FAILED;
	}
	applying->count = applying->group_begin = 0;
	applying->text.len = 0;
	progress_show(&applying->progress, applying->outcome->done);
	return result != KV_FAILED;
}

/** Make the changes of all groups that are whole, and keep the open one. */
static bool
batch_flush(struct applying* applying)
{
	const size_t open = applying->count - applying->group_begin;
	struct step kept[KV_CHANGES_MAX];
	struct buffer text = { 0 };
	bool ok = true;
	size_t i;
	memcpy(kept, applying->steps + applying->group_begin, open *
		sizeof(*kept));
	for(i = 0; ok && i < open; i++) {
		const uint8_t* from = applying->text.data;
		size_t at = text.len;
		ok = buffer_append(&text, from + kept[i].path_at,
			kept[i].path_len) && buffer_append(&text, from +
			kept[i].value_at, kept[i].value_len);
		kept[i].path_at = at;
		kept[i].value_at = at + kept[i].path_len;
	}
	applying->count = applying->group_begin;
	if(!ok)
		ctl_error("out of memory");
	ok = ok && batch_apply(applying);
	memcpy(applying->steps, kept, open * sizeof(*kept));
	applying->count = open;
	applying->group_begin = 0;
	buffer_clear(&applying->text);
	applying->text = text;
	if(ended)
		applying->outcome->interrupted = true;
	return ok && !ended;
}

/** How many conditions the batch has: each key's, and the guards. */
static size_t
batch_conditions(const struct applying* applying)
{
	size_t i, count = applying->count;
	for(i = 0; i < applying->count; i++)
		count += applying->steps[i].guarded;
	return count;
}

/** Write the path and the value of a change. @return false if memory ran
 * out. */
static bool
step_write(const struct zonediff* diff, const struct zoneset_rrset* rrset,
	const struct zonediff_old* old, struct buffer* path,
	struct buffer* value)
{
	return rrset ? zonediff_key_write(diff, rrset, path, value) :
		buffer_append(path, diff->text.data + old->path_at,
		old->path_len);
}

/** Make room in the batch for a change of so many conditions and octets. A group
 * of more than fits is cut: there are no names with so many types. */
static bool
step_fit(struct applying* applying, unsigned conditions, size_t octets)
{
	if(batch_conditions(applying) + conditions <= KV_CHANGES_MAX &&
		(applying->count == 0 ||
		applying->text.len + octets <= KV_OCTETS_MAX))
		return true;
	if(applying->group_begin == 0)
		applying->group_begin = applying->count;
	return batch_flush(applying);
}

/** Append to the open group. @param rrset: what is put; NULL: old is
 * removed. */
static bool
step_add(struct applying* applying, const struct zoneset_rrset* rrset,
	const struct zonediff_old* old)
{
	struct buffer* text = &applying->text;
	struct buffer path = { 0 }, value = { 0 };
	struct step step = { .group = applying->group, .removes = !rrset };
	bool ok = false, written, fits;
	if(rrset) {
		/* beside a key that is only changed, nothing comes that
		 * contradicts it */
		step.guarded = rrset->state != ZONEDIFF_CHANGED;
		step.expected = step.guarded ? KV_ABSENT : rrset->revision;
		step.type = rrset->type;
	} else {
		step.expected = old->revision;
	}
	written = step_write(applying->diff, rrset, old, &path, &value);
	fits = written && step_fit(applying, 1 + step.guarded,
		path.len + value.len);
	step.path_at = text->len;
	step.path_len = path.len;
	step.value_at = text->len + path.len;
	step.value_len = value.len;
	if(fits) {
		ok = buffer_append(text, path.data, path.len) &&
			buffer_append(text, value.data, value.len);
		applying->steps[applying->count] = step;
		applying->count += ok;
	}
	/* where it does not fit, the user was told why */
	if(!ok && (fits || !written))
		ctl_error("out of memory");
	buffer_clear(&path);
	buffer_clear(&value);
	return ok;
}

/** The open group is whole. */
static void
group_close(struct applying* applying)
{
	applying->group++;
	applying->group_begin = applying->count;
}

/* --- which changes ------------------------------------------------------- */

/** Whether the changes of an owner are to be made together: a CNAME comes to
 * data that goes, or goes for data that comes. */
static bool
is_together(const struct zonediff* diff, const struct owner* owner)
{
	const struct zoneset* set = &diff->source->set;
	bool puts = false, removes = false, cname = false;
	size_t i;
	for(i = owner->rrset; i < owner->rrset_end; i++) {
		const struct zoneset_rrset* rrset = zoneset_rrset(set, i);
		if(!zonediff_is_put(rrset))
			continue;
		puts = true;
		cname |= rrset->type == TYPE_CNAME;
	}
	for(i = owner->old; i < owner->old_end; i++) {
		const struct zonediff_old* old = zonediff_old(diff, i);
		if(!old->removed)
			continue;
		removes = true;
		cname |= old->type == TYPE_CNAME;
	}
	return puts && removes && cname;
}

/** Make the changes of an owner that belong to a pass. */
static bool
owner_apply(struct applying* applying, const struct owner* owner,
	enum pass pass)
{
	const struct zonediff* diff = applying->diff;
	const struct zoneset* set = &diff->source->set;
	bool together = is_together(diff, owner);
	size_t i;
	if(together != (pass == PASS_TOGETHER))
		return true;
	for(i = owner->rrset; pass != PASS_REMOVE && i < owner->rrset_end;
		i++) {
		const struct zoneset_rrset* rrset = zoneset_rrset(set, i);
		if(!zonediff_is_put(rrset))
			continue;
		if(!step_add(applying, rrset, NULL))
			return false;
		if(!together)
			group_close(applying);
	}
	for(i = owner->old; pass != PASS_PUT && i < owner->old_end; i++) {
		const struct zonediff_old* old = zonediff_old(diff, i);
		if(!old->removed)
			continue;
		if(!step_add(applying, NULL, old))
			return false;
		if(!together)
			group_close(applying);
	}
	if(together)
		group_close(applying);
	return true;
}

/** Find the next owner that the file or etcd has. @param owner: the one before;
 * all zero at first. @return false if there are no more. */
static bool
owner_next(const struct zonediff* diff, struct owner* owner)
{
	const struct zoneset* set = &diff->source->set;
	const size_t rrsets = zoneset_rrsets(set);
	const struct zonediff_old* old;
	struct zoneset_record record;
	const uint8_t* key = NULL;
	size_t len = 0;
	owner->rrset = owner->rrset_end;
	owner->old = owner->old_end;
	if(owner->rrset < rrsets) {
		record = zoneset_rrset_first(set, zoneset_rrset(set,
			owner->rrset));
		key = record.key;
		len = record.key_len;
	}
	old = zonediff_old(diff, owner->old);
	if(old && (!key || zoneset_key_compare(diff->text.data + old->key_at,
		old->key_len, key, len) < 0)) {
		key = diff->text.data + old->key_at;
		len = old->key_len;
	}
	if(!key)
		return false;
	for(; owner->rrset_end < rrsets; owner->rrset_end++) {
		record = zoneset_rrset_first(set, zoneset_rrset(set,
			owner->rrset_end));
		if(zoneset_key_compare(record.key, record.key_len, key, len) !=
			0)
			break;
	}
	for(; (old = zonediff_old(diff, owner->old_end)) != NULL;
		owner->old_end++) {
		if(zoneset_key_compare(diff->text.data + old->key_at,
			old->key_len, key, len) != 0)
			break;
	}
	return true;
}

/** Make the changes of a pass. */
static bool
pass_apply(struct applying* applying, enum pass pass)
{
	struct owner owner = { 0 };
	while(owner_next(applying->diff, &owner)) {
		if(!owner_apply(applying, &owner, pass))
			return false;
	}
	return batch_flush(applying);
}

bool
zoneapply_check(const struct zonediff* diff)
{
	const struct zoneset* set = &diff->source->set;
	char text[NAME_TEXT_MAX], type[TYPE_TEXT_MAX];
	size_t i;
	bool fits = true;
	for(i = 0; i < zoneset_rrsets(set); i++) {
		const struct zoneset_rrset* rrset = zoneset_rrset(set, i);
		struct zoneset_record record = zoneset_get(set, rrset->first);
		struct buffer path = { 0 }, value = { 0 };
		struct name owner;
		/* records of one type have much the same length */
		if(rrset->count < 1000 && record.len * rrset->count <
			RDATA_SURELY_SHORT)
			continue;
		if(!zonediff_key_write(diff, rrset, &path, &value)) {
			fits = false;
			ctl_error("out of memory");
		} else if(value.len > VALUE_MAX) {
			fits = false;
			zoneset_key_name(record.key, record.key_len, &owner);
			ctl_error("the value for %s %s would have %zu octets, "
				"and etcd takes up to 1.5 MB", name_to_text(
				owner.wire, text), type_to_text(rrset->type,
				type), value.len);
		}
		buffer_clear(&path);
		buffer_clear(&value);
	}
	return fits;
}

bool
zoneapply(const struct zonediff* diff, struct kv* kv,
	struct zoneapply_outcome* outcome)
{
	struct applying applying = { .diff = diff, .kv = kv,
		.outcome = outcome };
	const struct sigaction action = { .sa_handler = end };
	struct sigaction interrupt, terminate;
	bool ok;
	memset(outcome, 0, sizeof(*outcome));
	ended = 0;
	sigaction(SIGINT, &action, &interrupt);
	sigaction(SIGTERM, &action, &terminate);
	progress_begin(&applying.progress, "keys", zonediff_count(diff));
	ok = pass_apply(&applying, PASS_PUT) && pass_apply(&applying,
		PASS_TOGETHER) && pass_apply(&applying, PASS_REMOVE);
	progress_end(&applying.progress);
	if(outcome->conflicts > CONFLICTS_TOLD)
		ctl_error("%lu conflicts in all", outcome->conflicts);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGTERM, &terminate, NULL);
	buffer_clear(&applying.text);
	return ok;
}
