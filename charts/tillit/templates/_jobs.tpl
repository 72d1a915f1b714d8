{{/*
One hook Job with its ServiceAccount and NetworkPolicy, which come first.
Takes root, component, args, env, credentials, databases.
*/}}
{{- define "tillit.job" -}}
{{- $w := merge (dict "values" (include "tillit.values" (dict "root" .root "section" "jobs") | fromJson)) . -}}
{{- $_ := set $w "name" (include "tillit-lib.name" $w) -}}
{{- $_ := set $w "serviceAccountName" $w.name -}}
{{- $_ := set $w "image" .root.Values.deployImage -}}
{{- $first := include "tillit-lib.hookAnnotations" (dict "weight" "-10") | fromYaml -}}
{{- $second := include "tillit-lib.hookAnnotations" (dict "weight" "0") | fromYaml -}}
{{- $account := merge (dict "annotations" (merge (dict) $first $w.values.serviceAccount.annotations)) $w -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "serviceAccount" "object" (include "tillit-lib.serviceAccount" $account)) $w) -}}
{{- if .root.Values.networkPolicy.enabled -}}
{{- $egress := dict "egress" (include "tillit.egressRules" . | fromJson).list "annotations" $first -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "networkPolicy" "object" (include "tillit-lib.networkPolicy" (merge $egress $w))) $w) -}}
{{- end -}}
{{- $job := include "tillit-lib.job" (merge (dict "annotations" $second) $w) -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "job" "object" $job) $w) -}}
{{- end -}}

{{/* Migrates one database as the role that owns it, which no running pod has. Takes root, component, section. */}}
{{- define "tillit.migration" -}}
{{- $section := get .root.Values .section -}}
{{- $all := .root.Values.database -}}
{{- $address := dict "root" .root "user" $section.database.migrationUser "name" $section.database.name "host" (default $all.host $all.migrationHost) -}}
{{- $env := dict "MIGRATION_DATABASE_URL" (include "tillit.databaseUrl" $address) -}}
{{- $path := printf "%s.credentials.migration" .section -}}
{{- $password := dict "name" "migration" "env" "MIGRATION_DATABASE_PASSWORD_FILE" "secret" $section.credentials.migration "value" $path -}}
{{- $authorities := (include "tillit.authorities" (dict "root" .root "database" true "nats" false) | fromJson).list -}}
{{- $job := dict "root" .root "component" (printf "%s-migrate" .component) "env" $env "databases" true -}}
{{- $_ := set $job "args" (list "deploy/image/migrate.mjs" .component) -}}
{{- $_ := set $job "credentials" (append $authorities $password) -}}
{{- include "tillit.job" $job -}}
{{- end -}}
