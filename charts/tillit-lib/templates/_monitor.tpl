{{- define "tillit-lib.podMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: PodMonitor
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" . | nindent 6 }}
  podMetricsEndpoints:
    - port: private
      path: /metrics
      interval: {{ .monitoring.interval }}
{{- end -}}

{{- define "tillit-lib.serviceMonitor" -}}
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  selector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" . | nindent 6 }}
      tillit/purpose: metrics
  endpoints:
    - port: private
      path: /metrics
      interval: {{ .monitoring.interval }}
{{- end -}}
