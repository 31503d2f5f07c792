# ── from cache.auto.tfvars.json; the module says what they mean and which values it takes ──

variable "region" {
  description = "Where the plan's prices are from."
  type        = string
}

variable "name" {
  type = string
}

variable "description" {
  type = string
}

variable "engine" {
  type = string
}

variable "engine_version" {
  type = string
}

variable "node_type" {
  type = string
}

variable "cluster_mode_enabled" {
  type = bool
}

variable "num_node_groups" {
  type = number
}

variable "replicas_per_node_group" {
  type = number
}

variable "multi_az_enabled" {
  type = bool
}

variable "reserved_memory_percent" {
  type = number
}

variable "maxmemory_policy" {
  type = string
}

variable "snapshot_retention_days" {
  type = number
}

variable "transit_encryption_enabled" {
  type = bool
}

variable "alarm_memory_percent" {
  type = number
}

variable "alarm_cpu_metric" {
  type = string
}

variable "alarm_cpu_percent" {
  type = number
}

variable "alarm_connections" {
  type = number
}

variable "alarm_network_in_bytes" {
  type    = number
  default = null
}

variable "alarm_network_out_bytes" {
  type    = number
  default = null
}

# ── yours ──

variable "alarm_actions" {
  description = "ARNs that are told when an alarm goes off, as of an SNS topic; none for no alarms."
  type        = list(string)
  default     = []
}

variable "subnet_ids" {
  description = "Subnets of the nodes; of two or more Availability Zones for Multi-AZ."
  type        = list(string)
}

variable "security_group_ids" {
  description = "Security groups that let your clients in."
  type        = list(string)
}
