{{/*
What the chart decides of a container's environment, and what `config` adds. The schema refuses chart-owned names in
`config`, so nothing is said twice. Takes root, component, values, http, database, ownEnv (what only this service reads).
*/}}
{{- define "tillit.env" -}}
{{- $all := .root.Values -}}
{{- $env := include "tillit.natsEnv" .root | fromJson -}}
{{- $_ := set $env "ISSUER" (required "set issuer: the https URL that every token will name" $all.issuer) -}}
{{- $_ := set $env "HOST" $all.listenAddress -}}
{{- if .http -}}{{- $_ := set $env "PORT" .publicPort -}}{{- end -}}
{{- $_ := set $env "PRIVATE_PORT" .privatePort -}}
{{- $_ := set $env "DRAIN_MS" (ternary (mul 1000 (int .values.drain.seconds)) 0 (eq .values.drain.by "process")) -}}
{{- $_ := set $env "SHUTDOWN_MS" .values.shutdownMs -}}
{{- if .database -}}
{{- /* The migrations grant to this role by name, so it is no value. */ -}}
{{- $user := printf "tillit_%s" (replace "-" "_" .component) -}}
{{- $address := dict "root" .root "user" $user "name" .values.database.name "host" $all.database.host -}}
{{- $_ := set $env "DATABASE_URL" (include "tillit.databaseUrl" $address) -}}
{{- end -}}
{{- range $name, $value := .ownEnv -}}{{- $_ := set $env $name $value -}}{{- end -}}
{{- range $name, $value := .values.config -}}{{- $_ := set $env $name $value -}}{{- end -}}
{{- toJson $env -}}
{{- end -}}

{{- define "tillit.natsEnv" -}}
{{- if not .Values.nats.urls -}}{{- fail "set nats.urls: at least one NATS address, such as tls://nats:4222" -}}{{- end -}}
{{- dict "TILLIT_ENVIRONMENT" .Values.environment "NATS_URL" .Values.nats.urls | toJson -}}
{{- end -}}

{{/* Without a password: that comes from a file. Takes root, user, name, host. */}}
{{- define "tillit.databaseUrl" -}}
{{- $d := .root.Values.database -}}
{{- $host := required "set database.host: the PostgreSQL host of the services" .host -}}
{{- $query := printf "sslmode=%s" $d.sslMode -}}
{{- if $d.ca.existingSecret -}}
{{- $query = printf "%s&sslrootcert=%s/database-ca/value" $query (include "tillit-lib.credentialFolder" .) -}}
{{- end -}}
{{- printf "postgresql://%s@%s:%d/%s?%s" .user $host (int $d.port) .name $query -}}
{{- end -}}

{{/* The authorities that sign for NATS and PostgreSQL, as mounted files; both may be public ones. Takes root, database, nats. */}}
{{- define "tillit.authorities" -}}
{{- $list := list -}}
{{- $all := .root.Values -}}
{{- if and .nats $all.nats.ca.existingSecret -}}
{{- $list = append $list (dict "name" "nats-ca" "env" "NATS_CA_FILE" "secret" $all.nats.ca "value" "nats.ca") -}}
{{- end -}}
{{- if and .database $all.database.ca.existingSecret -}}
{{- $list = append $list (dict "name" "database-ca" "secret" $all.database.ca "value" "database.ca") -}}
{{- end -}}
{{- dict "list" $list | toJson -}}
{{- end -}}

{{/*
The credentials of a service: `wanted` is a list of {name, env, key}, where key stands under the service's `credentials`.
Takes root, values, section (the service's key in values.yaml), wanted, database.
*/}}
{{- define "tillit.credentials" -}}
{{- $list := (include "tillit.authorities" (dict "root" .root "database" .database "nats" true) | fromJson).list -}}
{{- range .wanted -}}
{{- $secret := get $.values.credentials .key -}}
{{- $list = append $list (dict "name" .name "env" .env "secret" $secret "value" (printf "%s.credentials.%s" $.section .key)) -}}
{{- end -}}
{{- dict "list" $list | toJson -}}
{{- end -}}
