EXTRA_DIST += tools/bench tools/build-deb tools/build-module \
	tools/build-unbound tools/check tools/common.sh tools/debian-source.sh \
	tools/fuzz tools/install-deps tools/quickstart

# All of helixctl but main: for the program and its tests.
noinst_LTLIBRARIES += libhelixctl.la
libhelixctl_la_SOURCES = \
	tools/helixctl/bad.c \
	tools/helixctl/check.c tools/helixctl/check.h \
	tools/helixctl/check_connect.c \
	tools/helixctl/check_files.c \
	tools/helixctl/check_findings.c \
	tools/helixctl/check_program.c \
	tools/helixctl/check_shadow.c \
	tools/helixctl/check_unbound.c \
	tools/helixctl/commands.h \
	tools/helixctl/ctl.c tools/helixctl/ctl.h \
	tools/helixctl/daemon.c tools/helixctl/daemon.h \
	tools/helixctl/del.c \
	tools/helixctl/diff.c \
	tools/helixctl/disable.c \
	tools/helixctl/enable.c \
	tools/helixctl/export.c \
	tools/helixctl/get.c \
	tools/helixctl/import.c \
	tools/helixctl/key.c \
	tools/helixctl/kv.c tools/helixctl/kv.h \
	tools/helixctl/kv_internal.h \
	tools/helixctl/kv_v2.c \
	tools/helixctl/kv_v3.c \
	tools/helixctl/lint.c tools/helixctl/lint.h \
	tools/helixctl/lint_command.c \
	tools/helixctl/lint_internal.h \
	tools/helixctl/lint_store.c \
	tools/helixctl/lint_targets.c \
	tools/helixctl/list.c \
	tools/helixctl/output.c tools/helixctl/output.h \
	tools/helixctl/password_prompt.c tools/helixctl/password_prompt.h \
	tools/helixctl/progress.c tools/helixctl/progress.h \
	tools/helixctl/put.c \
	tools/helixctl/records.c tools/helixctl/records.h \
	tools/helixctl/records_hidden.c \
	tools/helixctl/records_owner.c \
	tools/helixctl/scope.c tools/helixctl/scope.h \
	tools/helixctl/show.c tools/helixctl/show.h \
	tools/helixctl/side.c tools/helixctl/side.h \
	tools/helixctl/status.c \
	tools/helixctl/unbound_options.c tools/helixctl/unbound_options.h \
	tools/helixctl/watch.c \
	tools/helixctl/zoneapply.c tools/helixctl/zoneapply.h \
	tools/helixctl/zonediff.c tools/helixctl/zonediff.h \
	tools/helixctl/zonefile.c tools/helixctl/zonefile.h \
	tools/helixctl/zonegenerate.c tools/helixctl/zonegenerate.h \
	tools/helixctl/zonelines.c tools/helixctl/zonelines.h \
	tools/helixctl/zoneset.c tools/helixctl/zoneset.h \
	tools/helixctl/zonesource.c tools/helixctl/zonesource.h \
	tools/helixctl/zonewrite.c tools/helixctl/zonewrite.h
libhelixctl_la_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tools/helixctl \
	-DHELIX_CONF_DEFAULT='"$(sysconfdir)/unbound/helix.yaml"' \
	-DHELIX_SO='"$(helixdir)/helix.so"' \
	-DHELIX_UNBOUND_BUILD_ID='"$(UNBOUND_BUILD_ID)"' \
	-DHELIX_UNBOUND_VERSION='"$(UNBOUND_VERSION)"' \
	-DUNBOUND_CONF_DEFAULT='"$(sysconfdir)/unbound/unbound.conf"' \
	-DUNBOUND_DAEMON='"$(UNBOUND_PREFIX)/sbin/unbound"' \
	-DUNBOUND_CHECKCONF='"$(UNBOUND_PREFIX)/sbin/unbound-checkconf"'
libhelixctl_la_LIBADD = libhelix.la

sbin_PROGRAMS = helixctl
helixctl_SOURCES = tools/helixctl/main.c
helixctl_CPPFLAGS = $(libhelixctl_la_CPPFLAGS)
helixctl_LDADD = libhelixctl.la

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = tools/helixctl/helixctl.bash
