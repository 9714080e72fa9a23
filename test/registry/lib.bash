# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Registries for every suite that wants one, in the private host of ../helpers (load that first): docker-registry with
# whatever guards it, and one that misbehaves. They end with registries_stop; the scratch folder is $T/registries.

REGISTRIES=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# registry_certs: $T/certs with ca.crt, server.{crt,key} for localhost, 127.0.0.1 and registry.test, client.{cert,key} and
# token.{crt,key}; a second CA that nobody trusts is other.crt. Made once.
registry_certs() {
	local d=$T/certs name
	[ ! -d "$d" ] || return 0
	mkdir "$d"
	(
		cd "$d" || exit 1
		for name in ca other; do
			openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$name" \
				-addext basicConstraints=critical,CA:TRUE -keyout $name.key -out $name.crt
		done
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr
		echo 'subjectAltName=DNS:localhost,DNS:registry.test,IP:127.0.0.1' >server.ext
		openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile server.ext -out server.crt
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=client -keyout client.key -out client.csr
		openssl x509 -req -in client.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -out client.cert
		openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=token -keyout token.key -out token.crt
	) >"$T/certs.log" 2>&1 || { cat "$T/certs.log"; return 1; }
}

# registry_start PORT [tls] [clients] [basic] [token[=SECONDS]]: docker-registry on 127.0.0.1:PORT, empty at first.
# basic and token know alice with the password secret; clients wants a certificate of ca.crt.
registry_start() {
	local port=$1 d=$T/registries/$1 word tls='' auth='' scheme=http
	shift
	mkdir -p "$d/data"
	for word; do
		case $word in
		tls) registry_certs; scheme=https
			tls=", tls: { certificate: $T/certs/server.crt, key: $T/certs/server.key }" ;;
		clients) tls="${tls% \}}, clientcas: [ $T/certs/ca.crt ] }" ;;
		basic) htpasswd -Bbc -C 5 "$d/htpasswd" alice secret 2>/dev/null
			auth="auth: { htpasswd: { realm: tests, path: $d/htpasswd } }" ;;
		token*) registry_certs
			cp "$T/certs/token.key" "$T/certs/token.crt" "$d"
			auth="auth: { token: { realm: 'http://127.0.0.1:$((port + 1))/token', service: tests, issuer: tare-test, rootcertbundle: $d/token.crt } }"
			registry_spawn python3 "$REGISTRIES/tokens.py" $((port + 1)) "$d" "${word#token}"
			registry_wait "http://127.0.0.1:$((port + 1))/" ;;
		esac
	done
	cat >"$d/config.yml" <<-END
		version: 0.1
		log: { level: warn, accesslog: { disabled: false } }
		storage: { filesystem: { rootdirectory: $d/data }, delete: { enabled: true } }
		http: { addr: ":$port", host: "", secret: x$tls }
		$auth
	END
	registry_spawn docker-registry serve "$d/config.yml" >"$d/log" 2>&1
	registry_wait "$scheme://127.0.0.1:$port/v2/"
}

# registry_faulty PORT: see faulty.py; it also takes PORT+1. Its files and log are in $T/registries/PORT.
registry_faulty() {
	mkdir -p "$T/registries/$1"
	registry_spawn python3 "$REGISTRIES/faulty.py" "$1" "$T/registries/$1"
	registry_wait "http://127.0.0.1:$1/v2/" && registry_wait "http://127.0.0.1:$(($1 + 1))/v2/"
}

# registry_push PORT ARCHIVE REPOSITORY TAG [--type docker] [--auth alice:secret]: an OCI layout of tools/mkimage.sh
registry_push() {
	local scheme=http port=$1
	! grep -q 'tls:' "$T/registries/$port/config.yml" || scheme=https
	on_host python3 "$REGISTRIES/push.py" "$2" "$scheme://127.0.0.1:$port" "${@:3}"
}

registry_spawn() {
	# Not on_host: its process would be the one that waits, not the server.
	nsenter -t "$HOST" -n -m -- "$@" </dev/null 3>&- &
	echo $! >>"$T/registries.pids"
}

registry_wait() {
	local n=0
	until on_host curl -sk -o /dev/null --max-time 1 "$1" || [ $? = 56 ]; do
		[ $((n += 1)) -lt 100 ] || { echo "no registry at $1"; return 1; }
		sleep 0.05
	done
}

registries_stop() {
	local pid
	while read -r pid; do
		if kill "$pid"; then wait "$pid" || true; fi
	done <"$T/registries.pids" 2>/dev/null
	rm -f "$T/registries.pids"
	return 0
}
