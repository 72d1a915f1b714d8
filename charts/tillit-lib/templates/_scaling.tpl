{{/* HPA or KEDA, never both: two controllers over one replica count fight. */}}
{{- define "tillit-lib.checkScaling" -}}
{{- $v := .values -}}
{{- if and $v.autoscaling.enabled $v.keda.enabled -}}
{{- fail (printf "%s: autoscaling.enabled and keda.enabled exclude each other; switch one off" .component) -}}
{{- end -}}
{{- if and $v.autoscaling.enabled (not $v.autoscaling.maxReplicas) -}}
{{- fail (printf "%s: set autoscaling.maxReplicas: there is no safe default for how far to scale" .component) -}}
{{- end -}}
{{- if and $v.keda.enabled (not (and $v.keda.maxReplicas $v.keda.triggers)) -}}
{{- fail (printf "%s: keda needs maxReplicas and at least one entry in triggers" .component) -}}
{{- end -}}
{{- end -}}

{{- define "tillit-lib.hpa" -}}
{{- $a := .values.autoscaling -}}
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  minReplicas: {{ int $a.minReplicas }}
  maxReplicas: {{ int $a.maxReplicas }}
  metrics:
    {{- with $a.targetCPUUtilizationPercentage }}
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ int . }}
    {{- end }}
    {{- with $a.extraMetrics }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  behavior:
    {{- toYaml $a.behavior | nindent 4 }}
{{- end -}}

{{- define "tillit-lib.scaledObject" -}}
{{- $k := .values.keda -}}
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  pollingInterval: {{ int $k.pollingInterval }}
  cooldownPeriod: {{ int $k.cooldownPeriod }}
  minReplicaCount: {{ int $k.minReplicas }}
  maxReplicaCount: {{ int $k.maxReplicas }}
  {{- with $k.fallback }}
  fallback:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  advanced:
    horizontalPodAutoscalerConfig:
      behavior:
        {{- toYaml .values.autoscaling.behavior | nindent 8 }}
  triggers:
    {{- toYaml $k.triggers | nindent 4 }}
{{- end -}}

{{/* maxUnavailable 1 lets a node drain proceed at one replica; AlwaysAllow lets broken pods go (operations.md, E16). */}}
{{- define "tillit-lib.pdb" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tillit-lib.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "tillit-lib.selectorLabels" . | nindent 6 }}
{{- end -}}
