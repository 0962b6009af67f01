#!/bin/sh
# A pod of a web server and a writer. They share a volume, localhost, a variable and one memory limit.
set -eu
estiba=${ESTIBA:-estiba}
image=${IMAGE:-docker.io/library/busybox}

# Ports, volumes, variables and limits are the pod's: its containers have them without asking.
$estiba pod create --name notes -p "127.0.0.1:${PORT:-8080}:8080" -v notes:/www -e TITLE=Notes --memory 64m

# Before the others, at each start of the pod.
$estiba create --pod notes --name notes-first --init-ctr always "$image" \
  sh -c 'echo "<h1>$TITLE</h1>" >/www/index.html'

$estiba create --pod notes --name notes-web "$image" httpd -f -p 8080 -h /www

# It starts after the server, and reaches it at localhost.
$estiba create --pod notes --name notes-writer --requires notes-web "$image" sh -c '
  until wget -q -O /dev/null http://127.0.0.1:8080/; do sleep 0.2; done
  echo "<p>written beside the server</p>" >>/www/index.html
  trap "exit 0" TERM
  while :; do sleep 0.2; done'

$estiba pod start notes
echo "see http://127.0.0.1:${PORT:-8080}/ and: estiba pod map notes"
