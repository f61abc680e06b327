# HELIX_UNBOUND
# -------------
# Finds the Unbound that the module is for: an installation prefix as
# tools/build-unbound makes it. Stops where it cannot load the module, and
# where its headers are not those of its daemon. Sets
#	UNBOUND_PREFIX		the prefix
#	UNBOUND_CPPFLAGS	where its headers are
#	UNBOUND_VERSION		such as "unbound 1.17.1"
#	UNBOUND_BUILD_ID	GNU build-id of the daemon, in hex; may be empty
AC_DEFUN([HELIX_UNBOUND], [
AC_ARG_WITH([unbound],
	[AS_HELP_STRING([--with-unbound=PREFIX],
		[the Unbound to build the module for, made by
		tools/build-unbound])],
	[], [with_unbound=no])
AS_CASE([$with_unbound], [yes|no|''], [AC_MSG_ERROR([
	The module is compiled for one Unbound, and no other loads it.
	Say which with --with-unbound=PREFIX. To have one in PREFIX, run
		tools/build-unbound PREFIX])])
UNBOUND_PREFIX=$with_unbound
helix_headers=$UNBOUND_PREFIX/include/unbound-module
helix_daemon=$UNBOUND_PREFIX/sbin/unbound

AC_MSG_CHECKING([for Unbound in $UNBOUND_PREFIX])
AS_IF([test ! -x "$helix_daemon"], [
	AC_MSG_RESULT([no])
	AC_MSG_ERROR([
	There is no daemon $helix_daemon.
	To have one there, run: tools/build-unbound $UNBOUND_PREFIX])])
helix_about=$("$helix_daemon" -V 2>/dev/null)
UNBOUND_VERSION=$(AS_ECHO(["$helix_about"]) |
	sed -n 's/^Version \(.*\)/unbound \1/p')
helix_line=$(AS_ECHO(["$helix_about"]) | sed -n 's/^Configure line: //p')
AC_MSG_RESULT([$UNBOUND_VERSION])

AC_MSG_CHECKING([whether it has the dynlib module])
AS_IF([AS_ECHO(["$helix_about"]) |
	grep '^Linked modules:.* dynlib' >/dev/null],
	[AC_MSG_RESULT([yes])], [
	AC_MSG_RESULT([no])
	AC_MSG_ERROR([
	This Unbound cannot load modules: it was configured without
	--with-dynlibmodule, as Debian's package is. To build one that can,
	from the same source, run: tools/build-unbound PREFIX])])

AC_MSG_CHECKING([whether its headers belong to it])
AS_IF([test ! -r "$helix_headers/config.h" ||
	test ! -r "$helix_headers/util/module.h"], [
	AC_MSG_RESULT([there are none])
	AC_MSG_ERROR([
	There are no headers in $helix_headers;
	the module needs those with which the daemon was compiled, with its
	config.h. tools/build-unbound PREFIX installs both.])])
helix_want_version=$(sed -n 's/^#define PACKAGE_STRING "\(.*\)"$/\1/p' \
	"$helix_headers/config.h")
helix_want_line=$(sed -n 's/^#define CONFCMDLINE "\(.*\)"$/\1/p' \
	"$helix_headers/config.h" | sed 's/\\\(.\)/\1/g')
AS_IF([test "$helix_want_version" = "$UNBOUND_VERSION" &&
	test "$helix_want_line" = "$helix_line"],
	[AC_MSG_RESULT([yes])], [
	AC_MSG_RESULT([no])
	AC_MSG_ERROR([
	The headers in $helix_headers are of
		$helix_want_version, configured by: $helix_want_line
	but the daemon $helix_daemon is
		$UNBOUND_VERSION, configured by: $helix_line
	To build both from one source, run: tools/build-unbound $UNBOUND_PREFIX])])

AC_CHECK_TOOL([READELF], [readelf], [:])
UNBOUND_BUILD_ID=$($READELF -n "$helix_daemon" 2>/dev/null |
	sed -n 's/.*Build ID: \([[0-9a-f]]*\).*/\1/p' | head -n 1)
UNBOUND_CPPFLAGS="-I$helix_headers"
AC_SUBST([UNBOUND_PREFIX])
AC_SUBST([UNBOUND_CPPFLAGS])
AC_SUBST([UNBOUND_VERSION])
AC_SUBST([UNBOUND_BUILD_ID])
])
