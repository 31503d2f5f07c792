# Deletes the caches and terminates the host when nobody else has: the machine that ran Terraform may
# have gone, the host may hang. An hour more than the time limit, because the caches have to be made before
# the host begins, and the operator's own end comes first. What is left then costs nothing by the hour;
# `terraform destroy` removes it.

locals {
  deadline = "at(${formatdate("YYYY-MM-DD'T'hh:mm:ss", timeadd(timestamp(), "${var.time_limit_minutes + 60}m"))})"
}

resource "aws_scheduler_schedule" "caches" {
  for_each = local.candidates

  name                         = "${each.value}-end"
  description                  = "Deletes ${each.value}"
  schedule_expression          = local.deadline
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:elasticache:deleteReplicationGroup"
    role_arn = aws_iam_role.deadline.arn
    input    = jsonencode({ ReplicationGroupId = each.value })
  }

  lifecycle {
    # It does not move when the configuration is applied once more.
    ignore_changes = [schedule_expression]
  }
}

resource "aws_scheduler_schedule" "host" {
  name                         = "${var.name}-host-end"
  description                  = "Terminates the host of ${var.name}"
  schedule_expression          = local.deadline
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "arn:${local.partition}:scheduler:::aws-sdk:ec2:terminateInstances"
    role_arn = aws_iam_role.deadline.arn
    input    = jsonencode({ InstanceIds = [aws_instance.host.id] })
  }

  lifecycle {
    ignore_changes = [schedule_expression]
  }
}

data "aws_iam_policy_document" "deadline_assume" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "deadline" {
  name_prefix        = "${var.name}-end-"
  assume_role_policy = data.aws_iam_policy_document.deadline_assume.json
  tags               = local.tags
}

data "aws_iam_policy_document" "deadline" {
  statement {
    sid       = "DeleteCandidates"
    actions   = ["elasticache:DeleteReplicationGroup"]
    resources = local.candidate_arns
  }

  statement {
    sid       = "TerminateHost"
    actions   = ["ec2:TerminateInstances"]
    resources = ["arn:${local.partition}:ec2:${local.region}:${local.account}:instance/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/cachefit-bench"
      values   = [var.name]
    }
  }
}

resource "aws_iam_role_policy" "deadline" {
  name   = "end"
  role   = aws_iam_role.deadline.id
  policy = data.aws_iam_policy_document.deadline.json
}
