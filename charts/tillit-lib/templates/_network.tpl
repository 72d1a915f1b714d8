{{- define "tillit-lib.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  type: ClusterIP
  selector:
    {{- include "tillit-lib.selectorLabels" . | nindent 4 }}
  ports:
    - name: http
      port: 80
      targetPort: http
      appProtocol: http
{{- end -}}

{{/* Only for a ServiceMonitor, which needs a Service. Headless and apart, so that no route can name the private port by mistake.
The caller gives it a label of its own, since the public Service has the same selector. */}}
{{- define "tillit-lib.privateService" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  type: ClusterIP
  clusterIP: None
  selector:
    {{- include "tillit-lib.selectorLabels" . | nindent 4 }}
  ports:
    - name: private
      port: {{ .privatePort }}
      targetPort: private
{{- end -}}

{{/*
Both directions, closed but for what is listed. `ingress` and `egress` are lists of {ports: [{port, protocol?}], peers: [...]};
no peers means anyone, so a caller leaves a rule out where it wants nobody.
*/}}
{{- define "tillit-lib.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress, Egress]
  {{- if or .ingress .values.extraIngress }}
  ingress:
    {{- range .ingress }}
    - {{- include "tillit-lib.networkRule" (dict "rule" . "peersKey" "from") | nindent 6 }}
    {{- end }}
    {{- with .values.extraIngress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- if or .egress .values.extraEgress }}
  egress:
    {{- range .egress }}
    - {{- include "tillit-lib.networkRule" (dict "rule" . "peersKey" "to") | nindent 6 }}
    {{- end }}
    {{- with .values.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end -}}

{{- define "tillit-lib.networkRule" -}}
ports:
  {{- range .rule.ports }}
  - port: {{ .port }}
    protocol: {{ default "TCP" .protocol }}
  {{- end }}
{{- with .rule.peers }}
{{ $.peersKey }}:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
