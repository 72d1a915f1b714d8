{{/* Ingress rules of a service. Takes root, component, http, publicPort, privatePort. `helm test` asks token, whatever the gateway. */}}
{{- define "tillit.ingressRules" -}}
{{- $all := .root.Values -}}
{{- $list := list -}}
{{- $public := $all.networkPolicy.gatewayFrom -}}
{{- if and $all.tests.enabled (eq .component "token") -}}
{{- $labels := include "tillit-lib.selectorLabels" (dict "root" .root "component" "smoke-test") | fromYaml -}}
{{- $public = append $public (dict "podSelector" (dict "matchLabels" $labels)) -}}
{{- end -}}
{{- if and .http $public -}}
{{- $list = append $list (dict "ports" (list (dict "port" .publicPort)) "peers" $public) -}}
{{- end -}}
{{- with $all.networkPolicy.metricsFrom -}}
{{- $list = append $list (dict "ports" (list (dict "port" $.privatePort)) "peers" .) -}}
{{- end -}}
{{- dict "list" $list | toJson -}}
{{- end -}}

{{/* Egress rules: name servers, and what the workload's environment says that it speaks to. Takes root, env, databases. */}}
{{- define "tillit.egressRules" -}}
{{- $n := .root.Values.networkPolicy -}}
{{- $dns := list (dict "port" 53 "protocol" "UDP") (dict "port" 53 "protocol" "TCP") -}}
{{- $list := list (dict "ports" $dns "peers" $n.dnsTo) -}}
{{- if .env.NATS_URL -}}
{{- $ports := list -}}
{{- range .env.NATS_URL -}}
{{- $ports = append $ports (include "tillit.portOf" (dict "url" . "default" 4222) | int) -}}
{{- end -}}
{{- $natsPorts := list -}}
{{- range uniq $ports -}}{{- $natsPorts = append $natsPorts (dict "port" .) -}}{{- end -}}
{{- $list = append $list (dict "ports" $natsPorts "peers" $n.natsTo) -}}
{{- end -}}
{{- if .databases -}}
{{- $list = append $list (dict "ports" (list (dict "port" (int .root.Values.database.port))) "peers" $n.databaseTo) -}}
{{- end -}}
{{- with .env.OTEL_EXPORTER_OTLP_ENDPOINT -}}
{{- $port := include "tillit.portOf" (dict "url" . "default" (ternary 443 80 (hasPrefix "https:" .))) | int -}}
{{- $list = append $list (dict "ports" (list (dict "port" $port)) "peers" $n.telemetryTo) -}}
{{- end -}}
{{- dict "list" $list | toJson -}}
{{- end -}}

{{- define "tillit.portOf" -}}
{{- regexFind ":[0-9]+$" (urlParse .url).host | trimPrefix ":" | default (toString .default) -}}
{{- end -}}

{{/* The issuer's host, for a gateway that routes by path from the root. */}}
{{- define "tillit.issuerHost" -}}
{{- (urlParse (required "set issuer: the https URL that every token will name" .Values.issuer)).hostname -}}
{{- end -}}

{{/* Which paths of the issuer go to which service, as {list: [{path, service}]}. */}}
{{- define "tillit.routes" -}}
{{- $list := list -}}
{{- $known := list
  (dict "path" "/.well-known" "component" "token" "section" .Values.token)
  (dict "path" "/connect" "component" "token" "section" .Values.token)
  (dict "path" "/admin" "component" "client-registry" "section" .Values.clientRegistry)
  (dict "path" "/audit" "component" "audit" "section" .Values.audit) -}}
{{- range $known -}}
{{- if and .section.enabled .section.expose -}}
{{- $service := include "tillit-lib.name" (dict "root" $ "component" .component) -}}
{{- $list = append $list (dict "path" .path "service" $service) -}}
{{- end -}}
{{- end -}}
{{- dict "list" $list | toJson -}}
{{- end -}}
