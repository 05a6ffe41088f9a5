file(APPEND ${RECORD} "package ${PROJECT_NAME}\n")
