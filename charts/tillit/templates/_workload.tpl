{{/* `common` with a section's own values laid over it, as JSON. Takes root and section (its key in values.yaml). */}}
{{- define "tillit.values" -}}
{{- include "tillit-lib.merge" (dict "base" (deepCopy .root.Values.common) "over" (get .root.Values .section)) -}}
{{- end -}}

{{/*
One service with all its objects. Takes root, component, section, http and database (booleans), credentials (beside its
NATS seed and database password: a list of {name, env, key}), ownEnv (may be absent).
*/}}
{{- define "tillit.service" -}}
{{- $w := dict "root" .root "component" .component "http" .http "database" .database "ownEnv" .ownEnv -}}
{{- $_ := set $w "values" (include "tillit.values" . | fromJson) -}}
{{- $_ := set $w "name" (include "tillit-lib.name" $w) -}}
{{- $_ := set $w "serviceAccountName" $w.name -}}
{{- $_ := set $w "image" .root.Values.image -}}
{{- $_ := set $w "monitoring" .root.Values.monitoring -}}
{{- $_ := set $w "publicPort" (ternary 8080 0 .http) -}}
{{- $_ := set $w "privatePort" 9090 -}}
{{- $_ := set $w "args" (list (printf "services/%s/dist/main.js" .component)) -}}
{{- $_ := set $w "env" (include "tillit.env" $w | fromJson) -}}
{{- $wanted := list (dict "name" "nats" "env" "NATS_NKEY_SEED_FILE" "key" "nats") -}}
{{- if .database -}}{{- $wanted = append $wanted (dict "name" "database" "env" "DATABASE_PASSWORD_FILE" "key" "database") -}}{{- end -}}
{{- $asked := dict "root" .root "values" $w.values "section" .section "database" .database "wanted" (concat $wanted .credentials) -}}
{{- $_ := set $w "credentials" (include "tillit.credentials" $asked | fromJson).list -}}
{{- include "tillit-lib.checkScaling" $w -}}
{{- include "tillit.serviceObjects" $w -}}
{{- if and .database .root.Values.jobs.migrations -}}{{- include "tillit.migration" . -}}{{- end -}}
{{- end -}}

{{- define "tillit.serviceObjects" -}}
{{- $v := .values -}}
{{- $account := merge (dict "annotations" $v.serviceAccount.annotations) . -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "serviceAccount" "object" (include "tillit-lib.serviceAccount" $account)) .) -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "deployment" "object" (include "tillit-lib.deployment" .)) .) -}}
{{- if .http -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "service" "object" (include "tillit-lib.service" .)) .) -}}
{{- end -}}
{{- if $v.podDisruptionBudget.enabled -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "podDisruptionBudget" "object" (include "tillit-lib.pdb" .)) .) -}}
{{- end -}}
{{- if $v.autoscaling.enabled -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "hpa" "object" (include "tillit-lib.hpa" .)) .) -}}
{{- end -}}
{{- if $v.keda.enabled -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "scaledObject" "object" (include "tillit-lib.scaledObject" .)) .) -}}
{{- end -}}
{{- if .root.Values.networkPolicy.enabled -}}
{{- $egress := dict "root" .root "env" .env "databases" .database -}}
{{- $rules := dict "ingress" (include "tillit.ingressRules" . | fromJson).list "egress" (include "tillit.egressRules" $egress | fromJson).list -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "networkPolicy" "object" (include "tillit-lib.networkPolicy" (merge $rules .))) .) -}}
{{- end -}}
{{- if .monitoring.enabled -}}{{- include "tillit.monitor" . -}}{{- end -}}
{{- end -}}

{{- define "tillit.monitor" -}}
{{- $n := .root.Values.networkPolicy -}}
{{- if and $n.enabled (not $n.metricsFrom) -}}
{{- fail "set networkPolicy.metricsFrom: with monitoring.enabled, Prometheus must be let in to the private port" -}}
{{- end -}}
{{- if eq .monitoring.kind "PodMonitor" -}}
{{- $monitor := include "tillit-lib.podMonitor" (merge (dict "extraLabels" .monitoring.labels) .) -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "monitor" "object" $monitor) .) -}}
{{- else -}}
{{- $purpose := dict "tillit/purpose" "metrics" -}}
{{- $private := merge (dict "name" (printf "%s-private" .name) "extraLabels" $purpose) . -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "privateService" "object" (include "tillit-lib.privateService" $private)) .) -}}
{{- $monitor := include "tillit-lib.serviceMonitor" (merge (dict "extraLabels" .monitoring.labels) .) -}}
{{- include "tillit-lib.emit" (merge (dict "kind" "monitor" "object" $monitor) .) -}}
{{- end -}}
{{- end -}}
