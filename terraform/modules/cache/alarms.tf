# An alarm for each limit on each node, where the plan's headroom begins to be used.

locals {
  limits = merge(
    {
      memory      = { metric = "DatabaseMemoryUsagePercentage", statistic = "Maximum", threshold = var.alarm_memory_percent }
      cpu         = { metric = var.alarm_cpu_metric, statistic = "Average", threshold = var.alarm_cpu_percent }
      connections = { metric = "CurrConnections", statistic = "Maximum", threshold = var.alarm_connections }
      evictions   = { metric = "Evictions", statistic = "Sum", threshold = 0 }
    },
    var.alarm_network_in_bytes == null ? {} : {
      network-in = { metric = "NetworkBytesIn", statistic = "Sum", threshold = var.alarm_network_in_bytes }
    },
    var.alarm_network_out_bytes == null ? {} : {
      network-out = { metric = "NetworkBytesOut", statistic = "Sum", threshold = var.alarm_network_out_bytes }
    },
  )

  # Known before anything is made, as the keys of for_each have to be; which node is which is known
  # after it only.
  nodes  = length(var.alarm_actions) > 0 ? var.num_node_groups * (1 + var.replicas_per_node_group) : 0
  alarms = { for pair in setproduct(range(local.nodes), keys(local.limits)) : "${pair[0]}-${pair[1]}" => { node = pair[0], limit = pair[1] } }
}

resource "aws_cloudwatch_metric_alarm" "limit" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "The headroom that ${var.name} was planned with is in use: ${local.limits[each.value.limit].metric}."
  namespace           = "AWS/ElastiCache"
  metric_name         = local.limits[each.value.limit].metric
  statistic           = local.limits[each.value.limit].statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = local.limits[each.value.limit].threshold
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  treat_missing_data  = "missing"

  dimensions = {
    CacheClusterId = sort(aws_elasticache_replication_group.this.member_clusters)[each.value.node]
    CacheNodeId    = "0001"
  }

  alarm_actions = var.alarm_actions
  ok_actions    = var.alarm_actions
  tags          = var.tags
}
